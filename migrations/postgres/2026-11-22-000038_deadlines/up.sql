-- The days by which a province wants things in years of their own: none is stored for what holds as it ships.
CREATE TABLE calendars (
    province_id uuid NOT NULL,
    settings jsonb NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT calendars_pkey PRIMARY KEY (province_id)
);

-- More time for one centre, or for the centres of a unit. Withdrawn, never removed: so the unit has no foreign key, which would hold a
-- unit on the map whose restructuring is undone.
CREATE TABLE extensions (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid,
    unit_id uuid,
    kind text NOT NULL,
    year integer NOT NULL,
    until date NOT NULL,
    reason text NOT NULL,
    granted_by uuid NOT NULL,
    granted_acting_by uuid,
    withdrawn_at timestamptz,
    withdrawn_by uuid,
    withdrawal_reason text,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT extensions_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT extensions_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT extensions_holder_check CHECK ((centre_id IS NULL) <> (unit_id IS NULL)),
    CONSTRAINT extensions_withdrawn_check CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawal_reason IS NULL))
);
CREATE INDEX extensions_until_idx ON extensions (province_id, until, id);
CREATE INDEX extensions_year_idx ON extensions (province_id, year, kind);

-- On paper a report was handed in when it was; the system's own time stays beside it.
ALTER TABLE reports ADD COLUMN handed_in_on date CONSTRAINT reports_handed_in_check CHECK (handed_in_on >= first_day);
ALTER TABLE budgets ADD COLUMN first_submitted_at timestamptz;
ALTER TABLE settlements ADD COLUMN first_submitted_at timestamptz;

ALTER TABLE calendars ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON calendars USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE extensions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON extensions USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
