CREATE TABLE centres (
    province_id uuid NOT NULL CONSTRAINT centres_province_fkey REFERENCES provinces (id),
    id uuid NOT NULL,
    code text,
    name text NOT NULL,
    name_sort bytea NOT NULL,
    name_search text NOT NULL,
    commune_id uuid NOT NULL CONSTRAINT centres_commune_fkey REFERENCES units (id),
    operating_model text NOT NULL,
    has_seal boolean,
    has_account boolean,
    address text,
    status text NOT NULL,
    operating_from date,
    ended_on date,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT centres_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT centres_code_key UNIQUE (province_id, code)
);
CREATE INDEX centres_name_idx ON centres (province_id, name_sort, id);
CREATE INDEX centres_commune_idx ON centres (province_id, commune_id);

CREATE TABLE centre_placements (
    province_id uuid NOT NULL,
    centre_id uuid NOT NULL,
    valid_from date NOT NULL,
    commune_id uuid NOT NULL CONSTRAINT centre_placements_commune_fkey REFERENCES units (id),
    valid_to date,
    CONSTRAINT centre_placements_pkey PRIMARY KEY (province_id, centre_id, valid_from),
    CONSTRAINT centre_placements_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT centre_placements_dates_check CHECK (valid_from <= valid_to)
);

CREATE TABLE centre_sites (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    address text,
    manager text,
    active boolean NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT centre_sites_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT centre_sites_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id)
);
CREATE INDEX centre_sites_centre_idx ON centre_sites (province_id, centre_id);

CREATE TABLE centre_acts (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    seq integer NOT NULL,
    act text NOT NULL,
    from_status text,
    to_status text NOT NULL,
    effective_on date NOT NULL,
    decision jsonb NOT NULL,
    reason text,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT centre_acts_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT centre_acts_seq_key UNIQUE (province_id, centre_id, seq),
    CONSTRAINT centre_acts_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id)
);

CREATE TABLE centre_successions (
    province_id uuid NOT NULL,
    predecessor_id uuid NOT NULL,
    successor_id uuid NOT NULL,
    act_id uuid NOT NULL,
    CONSTRAINT centre_successions_pkey PRIMARY KEY (province_id, predecessor_id, successor_id),
    CONSTRAINT centre_successions_predecessor_fkey FOREIGN KEY (province_id, predecessor_id) REFERENCES centres (province_id, id),
    CONSTRAINT centre_successions_successor_fkey FOREIGN KEY (province_id, successor_id) REFERENCES centres (province_id, id),
    CONSTRAINT centre_successions_act_fkey FOREIGN KEY (province_id, act_id) REFERENCES centre_acts (province_id, id)
);
CREATE INDEX centre_successions_successor_idx ON centre_successions (province_id, successor_id);
