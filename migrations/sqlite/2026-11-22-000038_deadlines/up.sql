-- The days by which a province wants things in years of their own: none is stored for what holds as it ships.
CREATE TABLE calendars (
    province_id BLOB NOT NULL,
    settings TEXT NOT NULL,
    revision INTEGER NOT NULL,
    CONSTRAINT calendars_pkey PRIMARY KEY (province_id)
) STRICT;

-- More time for one centre, or for the centres of a unit. Withdrawn, never removed: so the unit has no foreign key, which would hold a
-- unit on the map whose restructuring is undone.
CREATE TABLE extensions (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB,
    unit_id BLOB,
    kind TEXT NOT NULL,
    year INTEGER NOT NULL,
    until TEXT NOT NULL,
    reason TEXT NOT NULL,
    granted_by BLOB NOT NULL,
    granted_acting_by BLOB,
    withdrawn_at TEXT,
    withdrawn_by BLOB,
    withdrawal_reason TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT extensions_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT extensions_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT extensions_holder_check CHECK ((centre_id IS NULL) <> (unit_id IS NULL)),
    CONSTRAINT extensions_withdrawn_check CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawal_reason IS NULL))
) STRICT;
CREATE INDEX extensions_until_idx ON extensions (province_id, until, id);
CREATE INDEX extensions_year_idx ON extensions (province_id, year, kind);

-- On paper a report was handed in when it was; the system's own time stays beside it.
ALTER TABLE reports ADD COLUMN handed_in_on TEXT CONSTRAINT reports_handed_in_check CHECK (handed_in_on >= first_day);
ALTER TABLE budgets ADD COLUMN first_submitted_at TEXT;
ALTER TABLE settlements ADD COLUMN first_submitted_at TEXT;

