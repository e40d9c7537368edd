DROP TABLE idempotency_keys;
DROP TABLE audit_records;
DROP TABLE audit_heads;
DROP FUNCTION audit_records_are_final;
