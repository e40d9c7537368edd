ALTER TABLE grants DROP COLUMN taken_on;
