ALTER TABLE plans DROP COLUMN submitted_acting_by;
ALTER TABLE plans DROP COLUMN submitted_by;
