-- province_id is the nil UUID for national frameworks.
CREATE TABLE schemes (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    code TEXT NOT NULL,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    content TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT schemes_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT schemes_version_key UNIQUE (province_id, code, version)
) STRICT;

CREATE TABLE rounds (
    province_id BLOB NOT NULL CONSTRAINT rounds_province_fkey REFERENCES provinces (id),
    id BLOB NOT NULL,
    scheme_id BLOB NOT NULL,
    subject TEXT NOT NULL,
    year INTEGER NOT NULL,
    title TEXT NOT NULL,
    data_from TEXT NOT NULL,
    data_to TEXT NOT NULL,
    route TEXT NOT NULL,
    status TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT rounds_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT rounds_year_key UNIQUE (province_id, subject, year)
) STRICT;

-- decided_rank and decided_points repeat what detail holds of the decided assessment, for lists and
-- aggregates; the recount command proves that they agree.
CREATE TABLE ratings (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    round_id BLOB NOT NULL,
    subject TEXT NOT NULL,
    year INTEGER NOT NULL,
    centre_id BLOB,
    commune_id BLOB NOT NULL CONSTRAINT ratings_commune_fkey REFERENCES units (id),
    state TEXT NOT NULL,
    stage INTEGER NOT NULL,
    decided_rank TEXT,
    decided_points INTEGER,
    detail TEXT NOT NULL,
    valid_until TEXT,
    source TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT ratings_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT ratings_round_fkey FOREIGN KEY (province_id, round_id) REFERENCES rounds (province_id, id),
    CONSTRAINT ratings_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id)
) STRICT;
CREATE UNIQUE INDEX ratings_centre_key ON ratings (province_id, round_id, centre_id) WHERE centre_id IS NOT NULL;
CREATE UNIQUE INDEX ratings_commune_key ON ratings (province_id, round_id, commune_id) WHERE centre_id IS NULL;
CREATE INDEX ratings_year_idx ON ratings (province_id, year, subject, centre_id, decided_rank);
CREATE INDEX ratings_latest_idx ON ratings (province_id, centre_id, year);

CREATE TABLE rating_steps (
    province_id BLOB NOT NULL,
    rating_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    at TEXT NOT NULL,
    user_id BLOB NOT NULL,
    action TEXT,
    stage INTEGER NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    reason TEXT,
    detail TEXT NOT NULL,
    CONSTRAINT rating_steps_pkey PRIMARY KEY (province_id, rating_id, seq),
    CONSTRAINT rating_steps_rating_fkey FOREIGN KEY (province_id, rating_id) REFERENCES ratings (province_id, id)
) STRICT;
