-- What was removed: a phone that sends it once more is told so.
CREATE INDEX audit_records_removed_idx ON audit_records (province_id, subject_id) WHERE before IS NOT NULL AND after IS NULL;
