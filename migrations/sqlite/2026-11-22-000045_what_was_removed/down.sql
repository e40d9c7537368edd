DROP INDEX audit_records_removed_idx;
