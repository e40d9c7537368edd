ALTER TABLE rating_steps DROP COLUMN acting_user_id;
