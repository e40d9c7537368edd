-- Programs that sign in by themselves (OAuth 2.0 client credentials). permissions, networks: JSON arrays of texts.
CREATE TABLE service_accounts (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    permissions text NOT NULL,
    networks text NOT NULL,
    active boolean NOT NULL,
    expires_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT service_accounts_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT service_accounts_owner_fkey FOREIGN KEY (province_id, owner_id) REFERENCES users (province_id, id)
);
CREATE INDEX service_accounts_owner_idx ON service_accounts (province_id, owner_id);

-- Only hashes are kept; two may be good at a time, so that a program can change over.
CREATE TABLE service_secrets (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT service_secrets_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT service_secrets_account_fkey FOREIGN KEY (province_id, account_id) REFERENCES service_accounts (province_id, id)
);
CREATE INDEX service_secrets_account_idx ON service_secrets (province_id, account_id);
