-- The version of the figures that rest on the year's records: these change all day long, ratings' figures rarely.
ALTER TABLE audit_heads ADD COLUMN records INTEGER NOT NULL DEFAULT 0;
