-- province_id is the nil UUID for national frameworks.
CREATE TABLE schemes (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    version integer NOT NULL,
    status text NOT NULL,
    content jsonb NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT schemes_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT schemes_version_key UNIQUE (province_id, code, version)
);

CREATE TABLE rounds (
    province_id uuid NOT NULL CONSTRAINT rounds_province_fkey REFERENCES provinces (id),
    id uuid NOT NULL,
    scheme_id uuid NOT NULL,
    subject text NOT NULL,
    year integer NOT NULL,
    title text NOT NULL,
    data_from date NOT NULL,
    data_to date NOT NULL,
    route jsonb NOT NULL,
    status text NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT rounds_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT rounds_year_key UNIQUE (province_id, subject, year)
);

-- decided_rank and decided_points repeat what detail holds of the decided assessment, for lists and
-- aggregates; the recount command proves that they agree.
CREATE TABLE ratings (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    round_id uuid NOT NULL,
    subject text NOT NULL,
    year integer NOT NULL,
    centre_id uuid,
    commune_id uuid NOT NULL CONSTRAINT ratings_commune_fkey REFERENCES units (id),
    state text NOT NULL,
    stage integer NOT NULL,
    decided_rank text,
    decided_points bigint,
    detail jsonb NOT NULL,
    valid_until date,
    source text NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT ratings_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT ratings_round_fkey FOREIGN KEY (province_id, round_id) REFERENCES rounds (province_id, id),
    CONSTRAINT ratings_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id)
);
CREATE UNIQUE INDEX ratings_centre_key ON ratings (province_id, round_id, centre_id) WHERE centre_id IS NOT NULL;
CREATE UNIQUE INDEX ratings_commune_key ON ratings (province_id, round_id, commune_id) WHERE centre_id IS NULL;
CREATE INDEX ratings_year_idx ON ratings (province_id, year, subject, centre_id, decided_rank);
CREATE INDEX ratings_latest_idx ON ratings (province_id, centre_id, year);

CREATE TABLE rating_steps (
    province_id uuid NOT NULL,
    rating_id uuid NOT NULL,
    seq integer NOT NULL,
    at timestamptz NOT NULL,
    user_id uuid NOT NULL,
    action text,
    stage integer NOT NULL,
    from_state text,
    to_state text NOT NULL,
    reason text,
    detail jsonb NOT NULL,
    CONSTRAINT rating_steps_pkey PRIMARY KEY (province_id, rating_id, seq),
    CONSTRAINT rating_steps_rating_fkey FOREIGN KEY (province_id, rating_id) REFERENCES ratings (province_id, id)
);
