DROP INDEX audit_records_acting_idx;
DROP INDEX audit_records_user_idx;
ALTER TABLE audit_records DROP COLUMN acting_username;
ALTER TABLE audit_records DROP COLUMN acting_user_id;
ALTER TABLE audit_records DROP COLUMN service_account_id;
ALTER TABLE audit_records DROP COLUMN session_id;
