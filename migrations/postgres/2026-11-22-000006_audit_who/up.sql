-- By which sign-in or service account a change was made, and by whom it was made on somebody else's behalf.
ALTER TABLE audit_records ADD COLUMN session_id uuid;
ALTER TABLE audit_records ADD COLUMN service_account_id uuid;
ALTER TABLE audit_records ADD COLUMN acting_user_id uuid;
ALTER TABLE audit_records ADD COLUMN acting_username text;
CREATE INDEX audit_records_user_idx ON audit_records (province_id, user_id, seq);
CREATE INDEX audit_records_acting_idx ON audit_records (province_id, acting_user_id, seq) WHERE acting_user_id IS NOT NULL;
