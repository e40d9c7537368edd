-- Who took the step on behalf of user_id; null where they took it themselves.
ALTER TABLE rating_steps ADD COLUMN acting_user_id BLOB;
