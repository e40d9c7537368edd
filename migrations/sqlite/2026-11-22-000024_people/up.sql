-- The people of a centre. Who left may be anonymised; their appointments stay, as official acts.
CREATE TABLE persons (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    full_name TEXT NOT NULL,
    name_sort BLOB NOT NULL,
    name_search TEXT NOT NULL,
    sex TEXT,
    birth_year INTEGER,
    ethnic_minority INTEGER,
    occupation TEXT,
    organisation TEXT,
    qualification TEXT,
    email TEXT,
    phone TEXT,
    user_id BLOB,
    anonymised_at TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT persons_pkey PRIMARY KEY (province_id, id),
    -- What an appointment's foreign key holds on to: nobody sits on the board of another centre than their own.
    CONSTRAINT persons_centre_key UNIQUE (province_id, centre_id, id),
    CONSTRAINT persons_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT persons_user_fkey FOREIGN KEY (province_id, user_id) REFERENCES users (province_id, id),
    CONSTRAINT persons_birth_year_check CHECK (birth_year BETWEEN 1900 AND 2100),
    CONSTRAINT persons_anonymised_check CHECK (anonymised_at IS NULL OR (sex IS NULL AND birth_year IS NULL AND ethnic_minority IS NULL AND occupation IS NULL AND organisation IS NULL AND qualification IS NULL AND email IS NULL AND phone IS NULL AND user_id IS NULL))
) STRICT;
CREATE INDEX persons_name_idx ON persons (province_id, name_sort, id);
CREATE INDEX persons_user_idx ON persons (province_id, user_id) WHERE user_id IS NOT NULL;

-- Who held which post of a centre, from when to when: both days count.
CREATE TABLE appointments (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    person_id BLOB NOT NULL,
    body TEXT NOT NULL,
    site_id BLOB,
    post TEXT NOT NULL,
    sector TEXT,
    organisation TEXT,
    employment TEXT,
    duties TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT,
    decision TEXT,
    end_decision TEXT,
    end_reason TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT appointments_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT appointments_person_fkey FOREIGN KEY (province_id, centre_id, person_id) REFERENCES persons (province_id, centre_id, id),
    CONSTRAINT appointments_site_fkey FOREIGN KEY (province_id, site_id) REFERENCES centre_sites (province_id, id),
    CONSTRAINT appointments_dates_check CHECK (starts_on <= ends_on),
    CONSTRAINT appointments_site_check CHECK ((body = 'site_board') = (site_id IS NOT NULL)),
    CONSTRAINT appointments_board_check CHECK ((body = 'board') = (post IN ('director', 'deputy_director'))),
    CONSTRAINT appointments_end_check CHECK (ends_on IS NOT NULL OR (end_decision IS NULL AND end_reason IS NULL))
) STRICT;
CREATE INDEX appointments_centre_idx ON appointments (province_id, centre_id, starts_on, id);
CREATE INDEX appointments_starts_idx ON appointments (province_id, starts_on, id);
CREATE INDEX appointments_person_idx ON appointments (province_id, person_id);
-- One director at a time is a rule over closed intervals, which no index of both databases can hold; the part of it that one
-- can hold is here, behind the check in the writing transaction.
CREATE UNIQUE INDEX appointments_director_key ON appointments (province_id, centre_id) WHERE post = 'director' AND ends_on IS NULL;

-- The reshaping of a board as one act, by one decision (kiện toàn).
CREATE TABLE reconstitutions (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    body TEXT NOT NULL,
    site_id BLOB,
    effective_on TEXT NOT NULL,
    decision TEXT NOT NULL,
    reason TEXT,
    created_at TEXT NOT NULL,
    CONSTRAINT reconstitutions_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT reconstitutions_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT reconstitutions_site_fkey FOREIGN KEY (province_id, site_id) REFERENCES centre_sites (province_id, id),
    CONSTRAINT reconstitutions_site_check CHECK ((body = 'site_board') = (site_id IS NOT NULL))
) STRICT;
CREATE INDEX reconstitutions_centre_idx ON reconstitutions (province_id, centre_id, effective_on, id);

-- What each of them ended and made. An appointment that was a mistake and is removed leaves here, too.
CREATE TABLE reconstitution_appointments (
    province_id BLOB NOT NULL,
    reconstitution_id BLOB NOT NULL,
    appointment_id BLOB NOT NULL,
    ended INTEGER NOT NULL,
    CONSTRAINT reconstitution_appointments_pkey PRIMARY KEY (province_id, reconstitution_id, appointment_id),
    CONSTRAINT reconstitution_appointments_act_fkey FOREIGN KEY (province_id, reconstitution_id) REFERENCES reconstitutions (province_id, id),
    CONSTRAINT reconstitution_appointments_appointment_fkey FOREIGN KEY (province_id, appointment_id) REFERENCES appointments (province_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX reconstitution_appointments_appointment_idx ON reconstitution_appointments (province_id, appointment_id);

