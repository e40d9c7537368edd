-- A province's own numbers of the communes' profiles, beside the national catalogue.
CREATE TABLE profile_indicators (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    label jsonb NOT NULL,
    measure text NOT NULL,
    whole text,
    part text,
    adds_up boolean NOT NULL,
    active boolean NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT profile_indicators_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT profile_indicators_code_key UNIQUE (province_id, code)
);

-- Numbers are whole hundredths: exact, and alike on both databases.
CREATE TABLE profile_values (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    year integer NOT NULL,
    indicator text NOT NULL,
    value_hundredths bigint NOT NULL,
    source text,
    as_of_date date,
    note text,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT profile_values_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT profile_values_indicator_key UNIQUE (province_id, unit_id, year, indicator),
    CONSTRAINT profile_values_unit_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT profile_values_value_check CHECK (value_hundredths BETWEEN 0 AND 100000000000000)
);
CREATE INDEX profile_values_year_idx ON profile_values (province_id, year, id);
CREATE INDEX profile_values_used_idx ON profile_values (province_id, indicator);

ALTER TABLE profile_indicators ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON profile_indicators USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE profile_values ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON profile_values USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
