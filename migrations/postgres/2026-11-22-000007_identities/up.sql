-- activated_at: when the person first set a password of their own; until then the account is an invitation.
-- tokens_from: tokens of other issuers that were issued before are no longer good.
ALTER TABLE users ADD COLUMN email text;
ALTER TABLE users ADD COLUMN phone text;
ALTER TABLE users ADD COLUMN activated_at timestamptz;
ALTER TABLE users ADD COLUMN anonymised_at timestamptz;
ALTER TABLE users ADD COLUMN tokens_from timestamptz;
UPDATE users SET activated_at = created_at;

ALTER TABLE sessions ADD COLUMN address text;
ALTER TABLE sessions ADD COLUMN user_agent text;
ALTER TABLE sessions ADD COLUMN last_used_at timestamptz;
ALTER TABLE sessions ADD COLUMN means text NOT NULL DEFAULT 'password';

-- Codes that set a password once: handed over or mailed. Only their hashes are kept.
CREATE TABLE one_time_codes (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    purpose text NOT NULL,
    code_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT one_time_codes_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT one_time_codes_user_fkey FOREIGN KEY (province_id, user_id) REFERENCES users (province_id, id)
);
CREATE INDEX one_time_codes_user_idx ON one_time_codes (province_id, user_id);

-- Failures to sign in, by the address that they came from: whoever guesses waits, not the person whose name they guess with.
-- Names that do not exist count under the nil UUID, so that they take the same work.
CREATE TABLE sign_in_failures (
    province_id uuid NOT NULL,
    user_id uuid NOT NULL,
    address text NOT NULL,
    failures integer NOT NULL,
    locked_until timestamptz,
    last_at timestamptz NOT NULL,
    CONSTRAINT sign_in_failures_pkey PRIMARY KEY (province_id, user_id, address)
);

-- One authenticator for each person. last_step: a code works once.
CREATE TABLE authenticators (
    province_id uuid NOT NULL,
    user_id uuid NOT NULL,
    secret bytea NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT authenticators_pkey PRIMARY KEY (province_id, user_id),
    CONSTRAINT authenticators_user_fkey FOREIGN KEY (province_id, user_id) REFERENCES users (province_id, id)
);

CREATE TABLE recovery_codes (
    province_id uuid NOT NULL,
    user_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    used_at timestamptz,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (province_id, user_id, code_hash),
    CONSTRAINT recovery_codes_user_fkey FOREIGN KEY (province_id, user_id) REFERENCES users (province_id, id)
);

-- What a tenant asks of those who sign in. totp_roles: a JSON array of role codes.
CREATE TABLE sign_in_policies (
    province_id uuid NOT NULL,
    totp_roles text NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT sign_in_policies_pkey PRIMARY KEY (province_id)
);

-- Who somebody is at another issuer of tokens. lookup_key: SHA-256 over issuer and subject, in hex.
CREATE TABLE user_identities (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    lookup_key text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT user_identities_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT user_identities_user_fkey FOREIGN KEY (province_id, user_id) REFERENCES users (province_id, id),
    CONSTRAINT user_identities_lookup_key UNIQUE (lookup_key)
);
CREATE INDEX user_identities_user_idx ON user_identities (province_id, user_id);
