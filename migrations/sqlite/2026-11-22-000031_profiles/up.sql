-- A province's own numbers of the communes' profiles, beside the national catalogue.
CREATE TABLE profile_indicators (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    code TEXT NOT NULL,
    label TEXT NOT NULL,
    measure TEXT NOT NULL,
    whole TEXT,
    part TEXT,
    adds_up INTEGER NOT NULL,
    active INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT profile_indicators_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT profile_indicators_code_key UNIQUE (province_id, code)
) STRICT;

-- Numbers are whole hundredths: exact, and alike on both databases.
CREATE TABLE profile_values (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    unit_id BLOB NOT NULL,
    year INTEGER NOT NULL,
    indicator TEXT NOT NULL,
    value_hundredths INTEGER NOT NULL,
    source TEXT,
    as_of_date TEXT,
    note TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT profile_values_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT profile_values_indicator_key UNIQUE (province_id, unit_id, year, indicator),
    CONSTRAINT profile_values_unit_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT profile_values_value_check CHECK (value_hundredths BETWEEN 0 AND 100000000000000)
) STRICT;
CREATE INDEX profile_values_year_idx ON profile_values (province_id, year, id);
CREATE INDEX profile_values_used_idx ON profile_values (province_id, indicator);

