-- Counts of a commune, never lists of persons. Whoever is recognised had registered, and whoever registered is there; a check passes
-- where one of two is blank, so each pair has its own.
CREATE TABLE learning_model_counts (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    unit_id BLOB NOT NULL,
    year INTEGER NOT NULL,
    model TEXT NOT NULL,
    base_total INTEGER,
    registered INTEGER,
    recognised INTEGER,
    as_of_date TEXT NOT NULL,
    note TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT learning_model_counts_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT learning_model_counts_model_key UNIQUE (province_id, unit_id, year, model),
    CONSTRAINT learning_model_counts_unit_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT learning_model_counts_numbers_check CHECK (base_total >= 0 AND registered >= 0 AND recognised >= 0),
    CONSTRAINT learning_model_counts_some_check CHECK (base_total IS NOT NULL OR registered IS NOT NULL OR recognised IS NOT NULL),
    CONSTRAINT learning_model_counts_registered_check CHECK (registered <= base_total),
    CONSTRAINT learning_model_counts_recognised_check CHECK (recognised <= registered),
    CONSTRAINT learning_model_counts_share_check CHECK (recognised <= base_total)
) STRICT;
CREATE INDEX learning_model_counts_year_idx ON learning_model_counts (province_id, year, id);

