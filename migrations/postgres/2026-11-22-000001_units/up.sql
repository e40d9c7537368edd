CREATE TABLE units (
    id uuid NOT NULL CONSTRAINT units_pkey PRIMARY KEY,
    level text NOT NULL CONSTRAINT units_level_check CHECK (level IN ('province', 'district', 'commune'))
);

-- Dates are inclusive; an unknown first day and an open last day are NULL.
CREATE TABLE unit_versions (
    unit_id uuid NOT NULL CONSTRAINT unit_versions_unit_fkey REFERENCES units (id),
    ordinal integer NOT NULL,
    valid_from date,
    valid_to date,
    code text NOT NULL,
    kind text NOT NULL,
    name_vi text NOT NULL,
    name_en text NOT NULL,
    parent_id uuid CONSTRAINT unit_versions_parent_fkey REFERENCES units (id),
    region_class text,
    CONSTRAINT unit_versions_pkey PRIMARY KEY (unit_id, ordinal),
    CONSTRAINT unit_versions_dates_check CHECK (valid_from <= valid_to)
);
CREATE INDEX unit_versions_code_idx ON unit_versions (code);

CREATE TABLE unit_successions (
    predecessor_id uuid NOT NULL CONSTRAINT unit_successions_predecessor_fkey REFERENCES units (id),
    successor_id uuid NOT NULL CONSTRAINT unit_successions_successor_fkey REFERENCES units (id),
    kind text NOT NULL,
    extent text NOT NULL,
    effective_on date NOT NULL,
    CONSTRAINT unit_successions_pkey PRIMARY KEY (predecessor_id, successor_id),
    CONSTRAINT unit_successions_self_check CHECK (predecessor_id <> successor_id)
);
