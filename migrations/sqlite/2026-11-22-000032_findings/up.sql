-- What a province sets of the rules by which centres are looked at: none is stored for rules that hold as they ship.
CREATE TABLE finding_settings (
    province_id BLOB NOT NULL,
    settings TEXT NOT NULL,
    revision INTEGER NOT NULL,
    CONSTRAINT finding_settings_pkey PRIMARY KEY (province_id)
) STRICT;

-- Explanations of findings. The findings themselves are computed and stored nowhere.
CREATE TABLE finding_explanations (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    code TEXT NOT NULL,
    explanation TEXT NOT NULL,
    explained_by TEXT NOT NULL,
    explained_on TEXT NOT NULL,
    valid_until TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT finding_explanations_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT finding_explanations_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT finding_explanations_dates_check CHECK (valid_until IS NULL OR explained_on <= valid_until)
) STRICT;
CREATE INDEX finding_explanations_day_idx ON finding_explanations (province_id, explained_on, id);
CREATE INDEX finding_explanations_centre_idx ON finding_explanations (province_id, centre_id, explained_on);

