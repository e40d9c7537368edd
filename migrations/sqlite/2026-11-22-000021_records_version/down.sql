ALTER TABLE audit_heads DROP COLUMN records;
