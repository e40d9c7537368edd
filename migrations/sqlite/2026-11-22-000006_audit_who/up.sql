-- By which sign-in or service account a change was made, and by whom it was made on somebody else's behalf.
ALTER TABLE audit_records ADD COLUMN session_id BLOB;
ALTER TABLE audit_records ADD COLUMN service_account_id BLOB;
ALTER TABLE audit_records ADD COLUMN acting_user_id BLOB;
ALTER TABLE audit_records ADD COLUMN acting_username TEXT;
