-- The end of each province's chain (the nil UUID stands for the nation). Every change moves seq, and every
-- change that a figure may rest on moves figures, the version under which aggregates are cached: both in the
-- transaction of the change.
CREATE TABLE audit_heads (
    province_id uuid NOT NULL CONSTRAINT audit_heads_pkey PRIMARY KEY,
    seq bigint NOT NULL,
    figures bigint NOT NULL,
    hash text NOT NULL
);

CREATE TABLE audit_records (
    province_id uuid NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    user_id uuid,
    username text NOT NULL,
    operation text NOT NULL,
    subject text NOT NULL,
    subject_id text NOT NULL,
    before text,
    after text,
    reason text,
    request_id text NOT NULL,
    address text,
    previous_hash text NOT NULL,
    hash text NOT NULL,
    CONSTRAINT audit_records_pkey PRIMARY KEY (province_id, seq)
);

-- What a POST with an Idempotency-Key answered; written in the transaction of its work.
CREATE TABLE idempotency_keys (
    province_id uuid NOT NULL,
    user_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    status integer NOT NULL,
    etag text,
    location text,
    body text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (province_id, user_id, key)
);
CREATE INDEX idempotency_keys_created_idx ON idempotency_keys (created_at);

INSERT INTO audit_heads (province_id, seq, figures, hash) VALUES ('00000000-0000-0000-0000-000000000000', 0, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE FUNCTION audit_records_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit records are neither changed nor removed';
END $$;
CREATE TRIGGER audit_records_final BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_records
    FOR EACH STATEMENT EXECUTE FUNCTION audit_records_are_final();
