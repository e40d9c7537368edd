ALTER TABLE settlements DROP COLUMN first_submitted_at;
ALTER TABLE budgets DROP COLUMN first_submitted_at;
ALTER TABLE reports DROP COLUMN handed_in_on;
DROP TABLE extensions;
DROP TABLE calendars;
