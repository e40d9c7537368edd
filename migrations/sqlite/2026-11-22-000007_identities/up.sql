-- activated_at: when the person first set a password of their own; until then the account is an invitation.
-- tokens_from: tokens of other issuers that were issued before are no longer good.
ALTER TABLE users ADD COLUMN email TEXT;
ALTER TABLE users ADD COLUMN phone TEXT;
ALTER TABLE users ADD COLUMN activated_at TEXT;
ALTER TABLE users ADD COLUMN anonymised_at TEXT;
ALTER TABLE users ADD COLUMN tokens_from TEXT;
UPDATE users SET activated_at = created_at;

ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN user_agent TEXT;
ALTER TABLE sessions ADD COLUMN last_used_at TEXT;
ALTER TABLE sessions ADD COLUMN means TEXT NOT NULL DEFAULT 'password';

-- Codes that set a password once: handed over or mailed. Only their hashes are kept.
CREATE TABLE one_time_codes (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    purpose TEXT NOT NULL,
    code_hash BLOB NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT,
    CONSTRAINT one_time_codes_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT one_time_codes_user_fkey FOREIGN KEY (province_id, user_id) REFERENCES users (province_id, id)
) STRICT;
CREATE INDEX one_time_codes_user_idx ON one_time_codes (province_id, user_id);

-- Failures to sign in, by the address that they came from: whoever guesses waits, not the person whose name they guess with.
-- Names that do not exist count under the nil UUID, so that they take the same work.
CREATE TABLE sign_in_failures (
    province_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    address TEXT NOT NULL,
    failures INTEGER NOT NULL,
    locked_until TEXT,
    last_at TEXT NOT NULL,
    CONSTRAINT sign_in_failures_pkey PRIMARY KEY (province_id, user_id, address)
) STRICT;

-- One authenticator for each person. last_step: a code works once.
CREATE TABLE authenticators (
    province_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    secret BLOB NOT NULL,
    confirmed_at TEXT,
    last_step INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT authenticators_pkey PRIMARY KEY (province_id, user_id),
    CONSTRAINT authenticators_user_fkey FOREIGN KEY (province_id, user_id) REFERENCES users (province_id, id)
) STRICT;

CREATE TABLE recovery_codes (
    province_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    code_hash BLOB NOT NULL,
    used_at TEXT,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (province_id, user_id, code_hash),
    CONSTRAINT recovery_codes_user_fkey FOREIGN KEY (province_id, user_id) REFERENCES users (province_id, id)
) STRICT;

-- What a tenant asks of those who sign in. totp_roles: a JSON array of role codes.
CREATE TABLE sign_in_policies (
    province_id BLOB NOT NULL,
    totp_roles TEXT NOT NULL,
    revision INTEGER NOT NULL,
    CONSTRAINT sign_in_policies_pkey PRIMARY KEY (province_id)
) STRICT;

-- Who somebody is at another issuer of tokens. lookup_key: SHA-256 over issuer and subject, in hex.
CREATE TABLE user_identities (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    lookup_key TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT user_identities_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT user_identities_user_fkey FOREIGN KEY (province_id, user_id) REFERENCES users (province_id, id),
    CONSTRAINT user_identities_lookup_key UNIQUE (lookup_key)
) STRICT;
CREATE INDEX user_identities_user_idx ON user_identities (province_id, user_id);
