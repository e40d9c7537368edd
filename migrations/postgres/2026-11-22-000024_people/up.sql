-- The people of a centre. Who left may be anonymised; their appointments stay, as official acts.
CREATE TABLE persons (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    full_name text NOT NULL,
    name_sort bytea NOT NULL,
    name_search text NOT NULL,
    sex text,
    birth_year bigint,
    ethnic_minority boolean,
    occupation text,
    organisation text,
    qualification text,
    email text,
    phone text,
    user_id uuid,
    anonymised_at timestamptz,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT persons_pkey PRIMARY KEY (province_id, id),
    -- What an appointment's foreign key holds on to: nobody sits on the board of another centre than their own.
    CONSTRAINT persons_centre_key UNIQUE (province_id, centre_id, id),
    CONSTRAINT persons_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT persons_user_fkey FOREIGN KEY (province_id, user_id) REFERENCES users (province_id, id),
    CONSTRAINT persons_birth_year_check CHECK (birth_year BETWEEN 1900 AND 2100),
    CONSTRAINT persons_anonymised_check CHECK (anonymised_at IS NULL OR (sex IS NULL AND birth_year IS NULL AND ethnic_minority IS NULL AND occupation IS NULL AND organisation IS NULL AND qualification IS NULL AND email IS NULL AND phone IS NULL AND user_id IS NULL))
);
CREATE INDEX persons_name_idx ON persons (province_id, name_sort, id);
CREATE INDEX persons_user_idx ON persons (province_id, user_id) WHERE user_id IS NOT NULL;

-- Who held which post of a centre, from when to when: both days count.
CREATE TABLE appointments (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    person_id uuid NOT NULL,
    body text NOT NULL,
    site_id uuid,
    post text NOT NULL,
    sector text,
    organisation text,
    employment text,
    duties jsonb NOT NULL,
    starts_on date NOT NULL,
    ends_on date,
    decision jsonb,
    end_decision jsonb,
    end_reason text,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT appointments_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT appointments_person_fkey FOREIGN KEY (province_id, centre_id, person_id) REFERENCES persons (province_id, centre_id, id),
    CONSTRAINT appointments_site_fkey FOREIGN KEY (province_id, site_id) REFERENCES centre_sites (province_id, id),
    CONSTRAINT appointments_dates_check CHECK (starts_on <= ends_on),
    CONSTRAINT appointments_site_check CHECK ((body = 'site_board') = (site_id IS NOT NULL)),
    CONSTRAINT appointments_board_check CHECK ((body = 'board') = (post IN ('director', 'deputy_director'))),
    CONSTRAINT appointments_end_check CHECK (ends_on IS NOT NULL OR (end_decision IS NULL AND end_reason IS NULL))
);
CREATE INDEX appointments_centre_idx ON appointments (province_id, centre_id, starts_on, id);
CREATE INDEX appointments_starts_idx ON appointments (province_id, starts_on, id);
CREATE INDEX appointments_person_idx ON appointments (province_id, person_id);
-- One director at a time is a rule over closed intervals, which no index of both databases can hold; the part of it that one
-- can hold is here, behind the check in the writing transaction.
CREATE UNIQUE INDEX appointments_director_key ON appointments (province_id, centre_id) WHERE post = 'director' AND ends_on IS NULL;

-- The reshaping of a board as one act, by one decision (kiện toàn).
CREATE TABLE reconstitutions (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    body text NOT NULL,
    site_id uuid,
    effective_on date NOT NULL,
    decision jsonb NOT NULL,
    reason text,
    created_at timestamptz NOT NULL,
    CONSTRAINT reconstitutions_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT reconstitutions_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT reconstitutions_site_fkey FOREIGN KEY (province_id, site_id) REFERENCES centre_sites (province_id, id),
    CONSTRAINT reconstitutions_site_check CHECK ((body = 'site_board') = (site_id IS NOT NULL))
);
CREATE INDEX reconstitutions_centre_idx ON reconstitutions (province_id, centre_id, effective_on, id);

-- What each of them ended and made. An appointment that was a mistake and is removed leaves here, too.
CREATE TABLE reconstitution_appointments (
    province_id uuid NOT NULL,
    reconstitution_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    ended boolean NOT NULL,
    CONSTRAINT reconstitution_appointments_pkey PRIMARY KEY (province_id, reconstitution_id, appointment_id),
    CONSTRAINT reconstitution_appointments_act_fkey FOREIGN KEY (province_id, reconstitution_id) REFERENCES reconstitutions (province_id, id),
    CONSTRAINT reconstitution_appointments_appointment_fkey FOREIGN KEY (province_id, appointment_id) REFERENCES appointments (province_id, id) ON DELETE CASCADE
);
CREATE INDEX reconstitution_appointments_appointment_idx ON reconstitution_appointments (province_id, appointment_id);

ALTER TABLE persons ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON persons USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE appointments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON appointments USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE reconstitutions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON reconstitutions USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE reconstitution_appointments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON reconstitution_appointments USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
