CREATE TABLE provinces (
    id BLOB NOT NULL CONSTRAINT provinces_pkey PRIMARY KEY,
    unit_id BLOB NOT NULL CONSTRAINT provinces_unit_fkey REFERENCES units (id),
    name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT provinces_unit_key UNIQUE (unit_id)
) STRICT;

-- Every province unit, of any map, whose records belong to a tenant.
CREATE TABLE province_units (
    unit_id BLOB NOT NULL CONSTRAINT province_units_pkey PRIMARY KEY CONSTRAINT province_units_unit_fkey REFERENCES units (id),
    province_id BLOB NOT NULL CONSTRAINT province_units_province_fkey REFERENCES provinces (id)
) STRICT;
CREATE INDEX province_units_province_idx ON province_units (province_id);

-- province_id is the nil UUID for national accounts.
CREATE TABLE users (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    username TEXT NOT NULL,
    display_name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    active INTEGER NOT NULL,
    failed_sign_ins INTEGER NOT NULL,
    locked_until TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT users_username_key UNIQUE (username)
) STRICT;

CREATE TABLE grants (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    role TEXT NOT NULL,
    unit_id BLOB CONSTRAINT grants_unit_fkey REFERENCES units (id),
    centre_id BLOB,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    CONSTRAINT grants_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT grants_user_fkey FOREIGN KEY (province_id, user_id) REFERENCES users (province_id, id),
    CONSTRAINT grants_dates_check CHECK (valid_from <= valid_to)
) STRICT;
CREATE INDEX grants_user_idx ON grants (province_id, user_id);

CREATE TABLE sessions (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT,
    CONSTRAINT sessions_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT sessions_user_fkey FOREIGN KEY (province_id, user_id) REFERENCES users (province_id, id)
) STRICT;
CREATE INDEX sessions_user_idx ON sessions (province_id, user_id);

-- Only hashes are kept. A token that comes a second time ends its session.
CREATE TABLE refresh_tokens (
    province_id BLOB NOT NULL,
    token_hash BLOB NOT NULL,
    session_id BLOB NOT NULL,
    created_at TEXT NOT NULL,
    used_at TEXT,
    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (province_id, token_hash),
    CONSTRAINT refresh_tokens_session_fkey FOREIGN KEY (province_id, session_id) REFERENCES sessions (province_id, id)
) STRICT;

CREATE TABLE signing_keys (
    id TEXT NOT NULL CONSTRAINT signing_keys_pkey PRIMARY KEY,
    private_key BLOB NOT NULL,
    public_key BLOB NOT NULL,
    created_at TEXT NOT NULL,
    retired_at TEXT
) STRICT;
