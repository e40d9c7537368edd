-- An estimate that spends more than comes in says from what: without that it is neither handed in nor approved. What was handed
-- in before this rule stays as it is until somebody acts on it.
ALTER TABLE budgets ADD COLUMN deficit_reason text;
CREATE FUNCTION budgets_deficit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'approved' THEN
        RETURN NEW;
    END IF;
    IF NEW.state IN ('submitted', 'approved') AND NEW.expenditure_vnd > NEW.income_vnd AND NEW.deficit_reason IS NULL THEN
        RAISE EXCEPTION 'an estimate spends no more than comes in' USING ERRCODE = 'check_violation', CONSTRAINT = 'budgets_deficit';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER budgets_deficit BEFORE INSERT OR UPDATE ON budgets FOR EACH ROW EXECUTE FUNCTION budgets_deficit();
