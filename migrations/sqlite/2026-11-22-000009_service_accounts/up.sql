-- Programs that sign in by themselves (OAuth 2.0 client credentials). permissions, networks: JSON arrays of texts.
CREATE TABLE service_accounts (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    owner_id BLOB NOT NULL,
    name TEXT NOT NULL,
    permissions TEXT NOT NULL,
    networks TEXT NOT NULL,
    active INTEGER NOT NULL,
    expires_at TEXT NOT NULL,
    last_used_at TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT service_accounts_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT service_accounts_owner_fkey FOREIGN KEY (province_id, owner_id) REFERENCES users (province_id, id)
) STRICT;
CREATE INDEX service_accounts_owner_idx ON service_accounts (province_id, owner_id);

-- Only hashes are kept; two may be good at a time, so that a program can change over.
CREATE TABLE service_secrets (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    account_id BLOB NOT NULL,
    secret_hash BLOB NOT NULL,
    created_at TEXT NOT NULL,
    last_used_at TEXT,
    revoked_at TEXT,
    CONSTRAINT service_secrets_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT service_secrets_account_fkey FOREIGN KEY (province_id, account_id) REFERENCES service_accounts (province_id, id)
) STRICT;
CREATE INDEX service_secrets_account_idx ON service_secrets (province_id, account_id);
