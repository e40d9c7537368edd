CREATE TABLE events (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid,
    unit_id uuid,
    kind text NOT NULL,
    title text NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    cost_vnd bigint,
    details jsonb NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT events_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT events_unit_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT events_holder_check CHECK ((centre_id IS NULL) <> (unit_id IS NULL)),
    CONSTRAINT events_dates_check CHECK (starts_on <= ends_on),
    CONSTRAINT events_cost_check CHECK (cost_vnd >= 0)
);
CREATE INDEX events_starts_idx ON events (province_id, starts_on, id);
CREATE INDEX events_centre_idx ON events (province_id, centre_id, starts_on) WHERE centre_id IS NOT NULL;
CREATE INDEX events_unit_idx ON events (province_id, unit_id, starts_on) WHERE unit_id IS NOT NULL;

-- Which centres' people attended: those that an event names and the one that held it, so that each centre's trainings of a year are
-- found by an index.
CREATE TABLE event_centres (
    province_id uuid NOT NULL,
    centre_id uuid NOT NULL,
    event_id uuid NOT NULL,
    CONSTRAINT event_centres_pkey PRIMARY KEY (province_id, centre_id, event_id),
    CONSTRAINT event_centres_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT event_centres_event_fkey FOREIGN KEY (province_id, event_id) REFERENCES events (province_id, id) ON DELETE CASCADE
);
CREATE INDEX event_centres_event_idx ON event_centres (province_id, event_id);

ALTER TABLE events ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON events USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE event_centres ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON event_centres USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
