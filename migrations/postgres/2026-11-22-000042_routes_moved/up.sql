-- The routes that a round ran before it was moved to another one, with until when and why.
ALTER TABLE rounds ADD COLUMN earlier_routes jsonb NOT NULL DEFAULT '[]';
