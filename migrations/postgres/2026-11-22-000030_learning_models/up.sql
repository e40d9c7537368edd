-- Counts of a commune, never lists of persons. Whoever is recognised had registered, and whoever registered is there; a check passes
-- where one of two is blank, so each pair has its own.
CREATE TABLE learning_model_counts (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    year integer NOT NULL,
    model text NOT NULL,
    base_total bigint,
    registered bigint,
    recognised bigint,
    as_of_date date NOT NULL,
    note text,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT learning_model_counts_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT learning_model_counts_model_key UNIQUE (province_id, unit_id, year, model),
    CONSTRAINT learning_model_counts_unit_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT learning_model_counts_numbers_check CHECK (base_total >= 0 AND registered >= 0 AND recognised >= 0),
    CONSTRAINT learning_model_counts_some_check CHECK (base_total IS NOT NULL OR registered IS NOT NULL OR recognised IS NOT NULL),
    CONSTRAINT learning_model_counts_registered_check CHECK (registered <= base_total),
    CONSTRAINT learning_model_counts_recognised_check CHECK (recognised <= registered),
    CONSTRAINT learning_model_counts_share_check CHECK (recognised <= base_total)
);
CREATE INDEX learning_model_counts_year_idx ON learning_model_counts (province_id, year, id);

ALTER TABLE learning_model_counts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON learning_model_counts USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
