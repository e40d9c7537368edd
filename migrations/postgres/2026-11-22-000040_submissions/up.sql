-- The keys with which a province signs what it submits to the Ministry. The private half of one that was retired is erased.
CREATE TABLE submission_keys (
    province_id uuid NOT NULL CONSTRAINT submission_keys_province_fkey REFERENCES provinces (id),
    id text NOT NULL,
    private_key bytea NOT NULL,
    public_key bytea NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz,
    CONSTRAINT submission_keys_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT submission_keys_public_check CHECK (length(public_key) = 32),
    CONSTRAINT submission_keys_private_check CHECK ((retired_at IS NULL) = (length(private_key) > 0)),
    CONSTRAINT submission_keys_dates_check CHECK (created_at <= retired_at)
);
CREATE UNIQUE INDEX submission_keys_signing_key ON submission_keys (province_id) WHERE retired_at IS NULL;

-- What a province submitted to the Ministry, sealed. Of a year and subject there is one line of versions: the first
-- supersedes nothing, each later one the one before, and nothing is superseded twice.
CREATE TABLE submissions (
    province_id uuid NOT NULL CONSTRAINT submissions_province_fkey REFERENCES provinces (id),
    id uuid NOT NULL,
    number bigint NOT NULL,
    year integer NOT NULL,
    subject text NOT NULL,
    version bigint NOT NULL,
    supersedes_id uuid,
    cut_off timestamptz NOT NULL,
    round_id uuid NOT NULL,
    key_id text NOT NULL,
    sha256 text NOT NULL,
    reason text,
    summary jsonb NOT NULL,
    user_id uuid NOT NULL,
    acting_user_id uuid,
    CONSTRAINT submissions_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT submissions_number_key UNIQUE (province_id, number),
    CONSTRAINT submissions_version_key UNIQUE (province_id, year, subject, version),
    CONSTRAINT submissions_supersedes_key UNIQUE (province_id, supersedes_id),
    CONSTRAINT submissions_line_key UNIQUE (province_id, id, year, subject),
    CONSTRAINT submissions_supersedes_fkey FOREIGN KEY (province_id, supersedes_id, year, subject) REFERENCES submissions (province_id, id, year, subject),
    CONSTRAINT submissions_round_fkey FOREIGN KEY (province_id, round_id) REFERENCES rounds (province_id, id),
    CONSTRAINT submissions_signed_fkey FOREIGN KEY (province_id, key_id) REFERENCES submission_keys (province_id, id),
    CONSTRAINT submissions_number_check CHECK (number > 0),
    CONSTRAINT submissions_subject_check CHECK (subject IN ('centre', 'commune')),
    CONSTRAINT submissions_version_check CHECK (version > 0 AND (version = 1) = (supersedes_id IS NULL)),
    CONSTRAINT submissions_reason_check CHECK (supersedes_id IS NULL OR reason IS NOT NULL),
    CONSTRAINT submissions_sha256_check CHECK (length(sha256) = 64)
);

-- The very bytes: what is downloaded years later is what was sealed.
CREATE TABLE submission_files (
    province_id uuid NOT NULL,
    submission_id uuid NOT NULL,
    format text NOT NULL,
    sha256 text NOT NULL,
    content bytea NOT NULL,
    CONSTRAINT submission_files_pkey PRIMARY KEY (province_id, submission_id, format),
    CONSTRAINT submission_files_submission_fkey FOREIGN KEY (province_id, submission_id) REFERENCES submissions (province_id, id),
    CONSTRAINT submission_files_format_check CHECK (format IN ('json', 'csv', 'records_csv', 'xlsx')),
    CONSTRAINT submission_files_sha256_check CHECK (length(sha256) = 64)
);

CREATE FUNCTION submissions_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was submitted is neither changed nor removed';
END $$;
CREATE TRIGGER submissions_final BEFORE UPDATE OR DELETE OR TRUNCATE ON submissions
    FOR EACH STATEMENT EXECUTE FUNCTION submissions_are_final();
CREATE TRIGGER submission_files_final BEFORE UPDATE OR DELETE OR TRUNCATE ON submission_files
    FOR EACH STATEMENT EXECUTE FUNCTION submissions_are_final();

ALTER TABLE submission_keys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON submission_keys USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE submissions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON submissions USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE submission_files ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON submission_files USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
