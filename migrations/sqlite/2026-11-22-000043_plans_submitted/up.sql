-- Who handed a plan to the commune, and who acted for them: neither approves it. Unknown of plans that were handed in before.
ALTER TABLE plans ADD COLUMN submitted_by BLOB;
ALTER TABLE plans ADD COLUMN submitted_acting_by BLOB;
