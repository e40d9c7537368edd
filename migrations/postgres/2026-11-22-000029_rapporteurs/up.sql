-- How somebody is reached is written apart from the rest, and shown in clear only on record.
CREATE TABLE rapporteurs (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid,
    unit_id uuid,
    full_name text NOT NULL,
    name_sort bytea NOT NULL,
    name_search text NOT NULL,
    kind text NOT NULL,
    organisation text,
    occupation text,
    qualification text,
    categories text NOT NULL,
    topics jsonb NOT NULL,
    active_from date,
    active_to date,
    note text,
    email text,
    phone text,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT rapporteurs_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT rapporteurs_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT rapporteurs_unit_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT rapporteurs_holder_check CHECK ((centre_id IS NULL) <> (unit_id IS NULL)),
    CONSTRAINT rapporteurs_dates_check CHECK (active_from <= active_to)
);
CREATE INDEX rapporteurs_name_idx ON rapporteurs (province_id, name_sort, id);
CREATE INDEX rapporteurs_centre_idx ON rapporteurs (province_id, centre_id, name_sort) WHERE centre_id IS NOT NULL;

CREATE TABLE rapporteur_assignments (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid,
    unit_id uuid,
    rapporteur_id uuid NOT NULL,
    activity_id uuid,
    event_id uuid,
    topic text,
    sessions bigint,
    fee_vnd bigint,
    held_on date NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
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
);
CREATE INDEX rapporteur_assignments_held_idx ON rapporteur_assignments (province_id, held_on, id);
CREATE INDEX rapporteur_assignments_centre_idx ON rapporteur_assignments (province_id, centre_id, held_on) WHERE centre_id IS NOT NULL;
CREATE INDEX rapporteur_assignments_activity_idx ON rapporteur_assignments (province_id, activity_id) WHERE activity_id IS NOT NULL;
CREATE INDEX rapporteur_assignments_event_idx ON rapporteur_assignments (province_id, event_id) WHERE event_id IS NOT NULL;

CREATE TABLE commendations (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid,
    unit_id uuid,
    year integer NOT NULL,
    recipient_kind text NOT NULL,
    recipient_name text,
    recipient_centre_id uuid,
    rapporteur_id uuid,
    form text NOT NULL,
    details jsonb NOT NULL,
    event_id uuid,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT commendations_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT commendations_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT commendations_unit_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT commendations_recipient_centre_fkey FOREIGN KEY (province_id, recipient_centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT commendations_rapporteur_fkey FOREIGN KEY (province_id, rapporteur_id) REFERENCES rapporteurs (province_id, id),
    CONSTRAINT commendations_event_fkey FOREIGN KEY (province_id, event_id) REFERENCES events (province_id, id),
    CONSTRAINT commendations_holder_check CHECK ((centre_id IS NULL) <> (unit_id IS NULL)),
    CONSTRAINT commendations_recipient_check CHECK ((recipient_kind = 'centre') = (recipient_centre_id IS NOT NULL) AND (recipient_kind = 'rapporteur') = (rapporteur_id IS NOT NULL) AND (recipient_kind IN ('person', 'collective')) = (recipient_name IS NOT NULL))
);
CREATE INDEX commendations_year_idx ON commendations (province_id, year, id);
CREATE INDEX commendations_centre_idx ON commendations (province_id, centre_id, year) WHERE centre_id IS NOT NULL;
CREATE INDEX commendations_recipient_idx ON commendations (province_id, recipient_centre_id, year) WHERE recipient_centre_id IS NOT NULL;
CREATE INDEX commendations_rapporteur_idx ON commendations (province_id, rapporteur_id) WHERE rapporteur_id IS NOT NULL;
CREATE INDEX commendations_event_idx ON commendations (province_id, event_id) WHERE event_id IS NOT NULL;

ALTER TABLE rapporteurs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON rapporteurs USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE rapporteur_assignments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON rapporteur_assignments USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE commendations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON commendations USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
