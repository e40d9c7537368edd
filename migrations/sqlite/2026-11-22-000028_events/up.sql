CREATE TABLE events (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB,
    unit_id BLOB,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    cost_vnd INTEGER,
    details TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT events_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT events_unit_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT events_holder_check CHECK ((centre_id IS NULL) <> (unit_id IS NULL)),
    CONSTRAINT events_dates_check CHECK (starts_on <= ends_on),
    CONSTRAINT events_cost_check CHECK (cost_vnd >= 0)
) STRICT;
CREATE INDEX events_starts_idx ON events (province_id, starts_on, id);
CREATE INDEX events_centre_idx ON events (province_id, centre_id, starts_on) WHERE centre_id IS NOT NULL;
CREATE INDEX events_unit_idx ON events (province_id, unit_id, starts_on) WHERE unit_id IS NOT NULL;

-- Which centres' people attended: those that an event names and the one that held it, so that each centre's trainings of a year are
-- found by an index.
CREATE TABLE event_centres (
    province_id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    CONSTRAINT event_centres_pkey PRIMARY KEY (province_id, centre_id, event_id),
    CONSTRAINT event_centres_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT event_centres_event_fkey FOREIGN KEY (province_id, event_id) REFERENCES events (province_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX event_centres_event_idx ON event_centres (province_id, event_id);

