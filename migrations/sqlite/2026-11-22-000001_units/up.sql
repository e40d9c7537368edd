CREATE TABLE units (
    id BLOB NOT NULL CONSTRAINT units_pkey PRIMARY KEY,
    level TEXT NOT NULL CONSTRAINT units_level_check CHECK (level IN ('province', 'district', 'commune'))
) STRICT;

-- Dates are inclusive; an unknown first day and an open last day are NULL.
CREATE TABLE unit_versions (
    unit_id BLOB NOT NULL CONSTRAINT unit_versions_unit_fkey REFERENCES units (id),
    ordinal INTEGER NOT NULL,
    valid_from TEXT,
    valid_to TEXT,
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    name_vi TEXT NOT NULL,
    name_en TEXT NOT NULL,
    parent_id BLOB CONSTRAINT unit_versions_parent_fkey REFERENCES units (id),
    region_class TEXT,
    CONSTRAINT unit_versions_pkey PRIMARY KEY (unit_id, ordinal),
    CONSTRAINT unit_versions_dates_check CHECK (valid_from <= valid_to)
) STRICT;
CREATE INDEX unit_versions_code_idx ON unit_versions (code);

CREATE TABLE unit_successions (
    predecessor_id BLOB NOT NULL CONSTRAINT unit_successions_predecessor_fkey REFERENCES units (id),
    successor_id BLOB NOT NULL CONSTRAINT unit_successions_successor_fkey REFERENCES units (id),
    kind TEXT NOT NULL,
    extent TEXT NOT NULL,
    effective_on TEXT NOT NULL,
    CONSTRAINT unit_successions_pkey PRIMARY KEY (predecessor_id, successor_id),
    CONSTRAINT unit_successions_self_check CHECK (predecessor_id <> successor_id)
) STRICT;
