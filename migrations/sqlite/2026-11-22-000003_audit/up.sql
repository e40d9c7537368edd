-- The end of each province's chain (the nil UUID stands for the nation). Every change moves seq, and every
-- change that a figure may rest on moves figures, the version under which aggregates are cached: both in the
-- transaction of the change.
CREATE TABLE audit_heads (
    province_id BLOB NOT NULL CONSTRAINT audit_heads_pkey PRIMARY KEY,
    seq INTEGER NOT NULL,
    figures INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;

CREATE TABLE audit_records (
    province_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    at TEXT NOT NULL,
    user_id BLOB,
    username TEXT NOT NULL,
    operation TEXT NOT NULL,
    subject TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    before TEXT,
    after TEXT,
    reason TEXT,
    request_id TEXT NOT NULL,
    address TEXT,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT audit_records_pkey PRIMARY KEY (province_id, seq)
) STRICT;

-- What a POST with an Idempotency-Key answered; written in the transaction of its work.
CREATE TABLE idempotency_keys (
    province_id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    etag TEXT,
    location TEXT,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (province_id, user_id, key)
) STRICT;
CREATE INDEX idempotency_keys_created_idx ON idempotency_keys (created_at);

INSERT INTO audit_heads (province_id, seq, figures, hash) VALUES (x'00000000000000000000000000000000', 0, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE TRIGGER audit_records_no_update BEFORE UPDATE ON audit_records
BEGIN SELECT RAISE(ABORT, 'audit records are neither changed nor removed'); END;
CREATE TRIGGER audit_records_no_delete BEFORE DELETE ON audit_records
BEGIN SELECT RAISE(ABORT, 'audit records are neither changed nor removed'); END;
