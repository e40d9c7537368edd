-- How somebody is reached is written apart from the rest, and shown in clear only on record.
CREATE TABLE rapporteurs (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB,
    unit_id BLOB,
    full_name TEXT NOT NULL,
    name_sort BLOB NOT NULL,
    name_search TEXT NOT NULL,
    kind TEXT NOT NULL,
    organisation TEXT,
    occupation TEXT,
    qualification TEXT,
    categories TEXT NOT NULL,
    topics TEXT NOT NULL,
    active_from TEXT,
    active_to TEXT,
    note TEXT,
    email TEXT,
    phone TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT rapporteurs_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT rapporteurs_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT rapporteurs_unit_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT rapporteurs_holder_check CHECK ((centre_id IS NULL) <> (unit_id IS NULL)),
    CONSTRAINT rapporteurs_dates_check CHECK (active_from <= active_to)
) STRICT;
CREATE INDEX rapporteurs_name_idx ON rapporteurs (province_id, name_sort, id);
CREATE INDEX rapporteurs_centre_idx ON rapporteurs (province_id, centre_id, name_sort) WHERE centre_id IS NOT NULL;

CREATE TABLE rapporteur_assignments (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB,
    unit_id BLOB,
    rapporteur_id BLOB NOT NULL,
    activity_id BLOB,
    event_id BLOB,
    topic TEXT,
    sessions INTEGER,
    fee_vnd INTEGER,
    held_on TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT rapporteur_assignments_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT rapporteur_assignments_activity_key UNIQUE (province_id, rapporteur_id, activity_id),
    CONSTRAINT rapporteur_assignments_event_key UNIQUE (province_id, rapporteur_id, event_id),
    CONSTRAINT rapporteur_assignments_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT rapporteur_assignments_unit_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT rapporteur_assignments_rapporteur_fkey FOREIGN KEY (province_id, rapporteur_id) REFERENCES rapporteurs (province_id, id),
    CONSTRAINT rapporteur_assignments_activity_fkey FOREIGN KEY (province_id, activity_id) REFERENCES activities (province_id, id),
    CONSTRAINT rapporteur_assignments_event_fkey FOREIGN KEY (province_id, event_id) REFERENCES events (province_id, id),
    CONSTRAINT rapporteur_assignments_holder_check CHECK ((centre_id IS NULL) <> (unit_id IS NULL)),
    CONSTRAINT rapporteur_assignments_occasion_check CHECK ((activity_id IS NULL) <> (event_id IS NULL)),
    CONSTRAINT rapporteur_assignments_numbers_check CHECK (sessions >= 0 AND fee_vnd >= 0)
) STRICT;
CREATE INDEX rapporteur_assignments_held_idx ON rapporteur_assignments (province_id, held_on, id);
CREATE INDEX rapporteur_assignments_centre_idx ON rapporteur_assignments (province_id, centre_id, held_on) WHERE centre_id IS NOT NULL;
CREATE INDEX rapporteur_assignments_activity_idx ON rapporteur_assignments (province_id, activity_id) WHERE activity_id IS NOT NULL;
CREATE INDEX rapporteur_assignments_event_idx ON rapporteur_assignments (province_id, event_id) WHERE event_id IS NOT NULL;

CREATE TABLE commendations (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB,
    unit_id BLOB,
    year INTEGER NOT NULL,
    recipient_kind TEXT NOT NULL,
    recipient_name TEXT,
    recipient_centre_id BLOB,
    rapporteur_id BLOB,
    form TEXT NOT NULL,
    details TEXT NOT NULL,
    event_id BLOB,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT commendations_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT commendations_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT commendations_unit_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT commendations_recipient_centre_fkey FOREIGN KEY (province_id, recipient_centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT commendations_rapporteur_fkey FOREIGN KEY (province_id, rapporteur_id) REFERENCES rapporteurs (province_id, id),
    CONSTRAINT commendations_event_fkey FOREIGN KEY (province_id, event_id) REFERENCES events (province_id, id),
    CONSTRAINT commendations_holder_check CHECK ((centre_id IS NULL) <> (unit_id IS NULL)),
    CONSTRAINT commendations_recipient_check CHECK ((recipient_kind = 'centre') = (recipient_centre_id IS NOT NULL) AND (recipient_kind = 'rapporteur') = (rapporteur_id IS NOT NULL) AND (recipient_kind IN ('person', 'collective')) = (recipient_name IS NOT NULL))
) STRICT;
CREATE INDEX commendations_year_idx ON commendations (province_id, year, id);
CREATE INDEX commendations_centre_idx ON commendations (province_id, centre_id, year) WHERE centre_id IS NOT NULL;
CREATE INDEX commendations_recipient_idx ON commendations (province_id, recipient_centre_id, year) WHERE recipient_centre_id IS NOT NULL;
CREATE INDEX commendations_rapporteur_idx ON commendations (province_id, rapporteur_id) WHERE rapporteur_id IS NOT NULL;
CREATE INDEX commendations_event_idx ON commendations (province_id, event_id) WHERE event_id IS NOT NULL;

