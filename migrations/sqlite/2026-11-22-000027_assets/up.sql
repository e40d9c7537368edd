CREATE TABLE assets (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    site_id BLOB,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    unit TEXT NOT NULL,
    owner TEXT NOT NULL,
    shared_with TEXT,
    condition TEXT NOT NULL,
    acquired_on TEXT,
    value_vnd INTEGER,
    source TEXT,
    disposed_on TEXT,
    disposal_reason TEXT,
    note TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT assets_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT assets_centre_key UNIQUE (province_id, centre_id, id),
    CONSTRAINT assets_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT assets_site_fkey FOREIGN KEY (province_id, site_id) REFERENCES centre_sites (province_id, id),
    CONSTRAINT assets_numbers_check CHECK (quantity > 0 AND (value_vnd IS NULL OR value_vnd >= 0)),
    CONSTRAINT assets_disposal_check CHECK ((disposed_on IS NULL) = (disposal_reason IS NULL)),
    CONSTRAINT assets_dates_check CHECK (acquired_on <= disposed_on)
) STRICT;
CREATE INDEX assets_list_idx ON assets (province_id, kind, id);

-- What was found of an asset in a year: once a year.
CREATE TABLE asset_confirmations (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    asset_id BLOB NOT NULL,
    year INTEGER NOT NULL,
    confirmed_on TEXT NOT NULL,
    quantity_found INTEGER NOT NULL,
    condition TEXT NOT NULL,
    confirmed_by TEXT NOT NULL,
    difference_note TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT asset_confirmations_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT asset_confirmations_year_key UNIQUE (province_id, asset_id, year),
    CONSTRAINT asset_confirmations_asset_fkey FOREIGN KEY (province_id, centre_id, asset_id) REFERENCES assets (province_id, centre_id, id),
    CONSTRAINT asset_confirmations_quantity_check CHECK (quantity_found >= 0)
) STRICT;
CREATE INDEX asset_confirmations_centre_idx ON asset_confirmations (province_id, centre_id, confirmed_on, id);

