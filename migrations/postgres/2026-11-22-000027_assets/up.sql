CREATE TABLE assets (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    site_id uuid,
    kind text NOT NULL,
    name text NOT NULL,
    quantity bigint NOT NULL,
    unit text NOT NULL,
    owner text NOT NULL,
    shared_with text,
    condition text NOT NULL,
    acquired_on date,
    value_vnd bigint,
    source text,
    disposed_on date,
    disposal_reason text,
    note text,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT assets_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT assets_centre_key UNIQUE (province_id, centre_id, id),
    CONSTRAINT assets_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT assets_site_fkey FOREIGN KEY (province_id, site_id) REFERENCES centre_sites (province_id, id),
    CONSTRAINT assets_numbers_check CHECK (quantity > 0 AND (value_vnd IS NULL OR value_vnd >= 0)),
    CONSTRAINT assets_disposal_check CHECK ((disposed_on IS NULL) = (disposal_reason IS NULL)),
    CONSTRAINT assets_dates_check CHECK (acquired_on <= disposed_on)
);
CREATE INDEX assets_list_idx ON assets (province_id, kind, id);

-- What was found of an asset in a year: once a year.
CREATE TABLE asset_confirmations (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    year integer NOT NULL,
    confirmed_on date NOT NULL,
    quantity_found bigint NOT NULL,
    condition text NOT NULL,
    confirmed_by text NOT NULL,
    difference_note text,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT asset_confirmations_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT asset_confirmations_year_key UNIQUE (province_id, asset_id, year),
    CONSTRAINT asset_confirmations_asset_fkey FOREIGN KEY (province_id, centre_id, asset_id) REFERENCES assets (province_id, centre_id, id),
    CONSTRAINT asset_confirmations_quantity_check CHECK (quantity_found >= 0)
);
CREATE INDEX asset_confirmations_centre_idx ON asset_confirmations (province_id, centre_id, confirmed_on, id);

ALTER TABLE assets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON assets USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE asset_confirmations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON asset_confirmations USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
