CREATE TABLE provinces (
    id uuid NOT NULL CONSTRAINT provinces_pkey PRIMARY KEY,
    unit_id uuid NOT NULL CONSTRAINT provinces_unit_fkey REFERENCES units (id),
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT provinces_unit_key UNIQUE (unit_id)
);

-- Every province unit, of any map, whose records belong to a tenant.
CREATE TABLE province_units (
    unit_id uuid NOT NULL CONSTRAINT province_units_pkey PRIMARY KEY CONSTRAINT province_units_unit_fkey REFERENCES units (id),
    province_id uuid NOT NULL CONSTRAINT province_units_province_fkey REFERENCES provinces (id)
);
CREATE INDEX province_units_province_idx ON province_units (province_id);

-- province_id is the nil UUID for national accounts.
CREATE TABLE users (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    username text NOT NULL,
    display_name text NOT NULL,
    password_hash text NOT NULL,
    active boolean NOT NULL,
    failed_sign_ins integer NOT NULL,
    locked_until timestamptz,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT users_username_key UNIQUE (username)
);

CREATE TABLE grants (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL,
    unit_id uuid CONSTRAINT grants_unit_fkey REFERENCES units (id),
    centre_id uuid,
    valid_from date NOT NULL,
    valid_to date,
    CONSTRAINT grants_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT grants_user_fkey FOREIGN KEY (province_id, user_id) REFERENCES users (province_id, id),
    CONSTRAINT grants_dates_check CHECK (valid_from <= valid_to)
);
CREATE INDEX grants_user_idx ON grants (province_id, user_id);

CREATE TABLE sessions (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT sessions_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT sessions_user_fkey FOREIGN KEY (province_id, user_id) REFERENCES users (province_id, id)
);
CREATE INDEX sessions_user_idx ON sessions (province_id, user_id);

-- Only hashes are kept. A token that comes a second time ends its session.
CREATE TABLE refresh_tokens (
    province_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    session_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (province_id, token_hash),
    CONSTRAINT refresh_tokens_session_fkey FOREIGN KEY (province_id, session_id) REFERENCES sessions (province_id, id)
);

CREATE TABLE signing_keys (
    id text NOT NULL CONSTRAINT signing_keys_pkey PRIMARY KEY,
    private_key bytea NOT NULL,
    public_key bytea NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz
);
