DROP TRIGGER budgets_deficit ON budgets;
DROP FUNCTION budgets_deficit;
ALTER TABLE budgets DROP COLUMN deficit_reason;
