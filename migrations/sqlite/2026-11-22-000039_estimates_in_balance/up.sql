-- An estimate that spends more than comes in says from what: without that it is neither handed in nor approved. What was handed
-- in before this rule stays as it is until somebody acts on it.
ALTER TABLE budgets ADD COLUMN deficit_reason TEXT;
CREATE TRIGGER budgets_deficit_insert BEFORE INSERT ON budgets
    WHEN NEW.state IN ('submitted', 'approved') AND NEW.expenditure_vnd > NEW.income_vnd AND NEW.deficit_reason IS NULL
    BEGIN SELECT RAISE(ABORT, 'an estimate spends no more than comes in'); END;
CREATE TRIGGER budgets_deficit_update BEFORE UPDATE ON budgets
    WHEN OLD.state <> 'approved' AND NEW.state IN ('submitted', 'approved') AND NEW.expenditure_vnd > NEW.income_vnd AND NEW.deficit_reason IS NULL
    BEGIN SELECT RAISE(ABORT, 'an estimate spends no more than comes in'); END;
