-- What a province sets of the rules by which centres are looked at: none is stored for rules that hold as they ship.
CREATE TABLE finding_settings (
    province_id uuid NOT NULL,
    settings jsonb NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT finding_settings_pkey PRIMARY KEY (province_id)
);

-- Explanations of findings. The findings themselves are computed and stored nowhere.
CREATE TABLE finding_explanations (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    code text NOT NULL,
    explanation text NOT NULL,
    explained_by text NOT NULL,
    explained_on date NOT NULL,
    valid_until date,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT finding_explanations_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT finding_explanations_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT finding_explanations_dates_check CHECK (valid_until IS NULL OR explained_on <= valid_until)
);
CREATE INDEX finding_explanations_day_idx ON finding_explanations (province_id, explained_on, id);
CREATE INDEX finding_explanations_centre_idx ON finding_explanations (province_id, centre_id, explained_on);

ALTER TABLE finding_settings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON finding_settings USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE finding_explanations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON finding_explanations USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
