DROP TRIGGER budgets_deficit_update;
DROP TRIGGER budgets_deficit_insert;
ALTER TABLE budgets DROP COLUMN deficit_reason;
