CREATE TABLE centres (
    province_id BLOB NOT NULL CONSTRAINT centres_province_fkey REFERENCES provinces (id),
    id BLOB NOT NULL,
    code TEXT,
    name TEXT NOT NULL,
    name_sort BLOB NOT NULL,
    name_search TEXT NOT NULL,
    commune_id BLOB NOT NULL CONSTRAINT centres_commune_fkey REFERENCES units (id),
    operating_model TEXT NOT NULL,
    has_seal INTEGER,
    has_account INTEGER,
    address TEXT,
    status TEXT NOT NULL,
    operating_from TEXT,
    ended_on TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT centres_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT centres_code_key UNIQUE (province_id, code)
) STRICT;
CREATE INDEX centres_name_idx ON centres (province_id, name_sort, id);
CREATE INDEX centres_commune_idx ON centres (province_id, commune_id);

CREATE TABLE centre_placements (
    province_id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    valid_from TEXT NOT NULL,
    commune_id BLOB NOT NULL CONSTRAINT centre_placements_commune_fkey REFERENCES units (id),
    valid_to TEXT,
    CONSTRAINT centre_placements_pkey PRIMARY KEY (province_id, centre_id, valid_from),
    CONSTRAINT centre_placements_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT centre_placements_dates_check CHECK (valid_from <= valid_to)
) STRICT;

CREATE TABLE centre_sites (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    address TEXT,
    manager TEXT,
    active INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    CONSTRAINT centre_sites_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT centre_sites_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id)
) STRICT;
CREATE INDEX centre_sites_centre_idx ON centre_sites (province_id, centre_id);

CREATE TABLE centre_acts (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    act TEXT NOT NULL,
    from_status TEXT,
    to_status TEXT NOT NULL,
    effective_on TEXT NOT NULL,
    decision TEXT NOT NULL,
    reason TEXT,
    recorded_at TEXT NOT NULL,
    CONSTRAINT centre_acts_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT centre_acts_seq_key UNIQUE (province_id, centre_id, seq),
    CONSTRAINT centre_acts_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id)
) STRICT;

CREATE TABLE centre_successions (
    province_id BLOB NOT NULL,
    predecessor_id BLOB NOT NULL,
    successor_id BLOB NOT NULL,
    act_id BLOB NOT NULL,
    CONSTRAINT centre_successions_pkey PRIMARY KEY (province_id, predecessor_id, successor_id),
    CONSTRAINT centre_successions_predecessor_fkey FOREIGN KEY (province_id, predecessor_id) REFERENCES centres (province_id, id),
    CONSTRAINT centre_successions_successor_fkey FOREIGN KEY (province_id, successor_id) REFERENCES centres (province_id, id),
    CONSTRAINT centre_successions_act_fkey FOREIGN KEY (province_id, act_id) REFERENCES centre_acts (province_id, id)
) STRICT;
CREATE INDEX centre_successions_successor_idx ON centre_successions (province_id, successor_id);
