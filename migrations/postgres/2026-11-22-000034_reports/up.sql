-- A centre's reports: what is written by hand. What their records come to is counted when a report is read, and frozen
-- when it is handed in.
CREATE TABLE reports (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    kind text NOT NULL,
    period text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    number bigint,
    number_year integer,
    symbol text NOT NULL,
    signed_on date,
    cut_off date,
    due_on date,
    signer text,
    head jsonb NOT NULL,
    texts jsonb NOT NULL,
    judgements jsonb NOT NULL,
    state text NOT NULL,
    version bigint NOT NULL,
    first_submitted_at timestamptz,
    submitted_at timestamptz,
    accepted_at timestamptz,
    return_reason text,
    return_sections jsonb NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT reports_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT reports_period_key UNIQUE (province_id, centre_id, kind, period),
    CONSTRAINT reports_number_key UNIQUE (province_id, centre_id, number_year, number),
    CONSTRAINT reports_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT reports_days_check CHECK (first_day <= last_day AND (cut_off IS NULL OR cut_off BETWEEN first_day AND last_day)),
    CONSTRAINT reports_number_check CHECK (number > 0 AND (number IS NULL) = (number_year IS NULL) AND (number IS NULL OR signed_on IS NOT NULL)),
    CONSTRAINT reports_state_check CHECK (state IN ('draft', 'submitted', 'returned', 'accepted')),
    CONSTRAINT reports_version_check CHECK (version >= 0 AND (state = 'draft') = (version = 0)),
    CONSTRAINT reports_submitted_check CHECK ((version = 0) = (submitted_at IS NULL) AND (version = 0) = (first_submitted_at IS NULL)),
    CONSTRAINT reports_accepted_check CHECK ((state = 'accepted') = (accepted_at IS NOT NULL)),
    CONSTRAINT reports_returned_check CHECK ((state = 'returned') = (return_reason IS NOT NULL))
);
CREATE INDEX reports_centre_idx ON reports (province_id, centre_id, last_day, id);
CREATE INDEX reports_last_day_idx ON reports (province_id, last_day, id);

-- What was handed in, as it was: the text over which the hash is made, never changed and never removed.
CREATE TABLE report_versions (
    province_id uuid NOT NULL,
    report_id uuid NOT NULL,
    version bigint NOT NULL,
    cut_off date NOT NULL,
    submitted_at timestamptz NOT NULL,
    user_id uuid NOT NULL,
    acting_user_id uuid,
    document text NOT NULL,
    sha256 text NOT NULL,
    CONSTRAINT report_versions_pkey PRIMARY KEY (province_id, report_id, version),
    CONSTRAINT report_versions_report_fkey FOREIGN KEY (province_id, report_id) REFERENCES reports (province_id, id),
    CONSTRAINT report_versions_version_check CHECK (version > 0),
    CONSTRAINT report_versions_sha256_check CHECK (length(sha256) = 64)
);

-- Who did what with a report: whoever wrote it or handed it in does not accept it.
CREATE TABLE report_steps (
    province_id uuid NOT NULL,
    report_id uuid NOT NULL,
    seq bigint NOT NULL,
    at timestamptz NOT NULL,
    user_id uuid NOT NULL,
    acting_user_id uuid,
    action text,
    version bigint,
    reason text,
    sections jsonb NOT NULL,
    CONSTRAINT report_steps_pkey PRIMARY KEY (province_id, report_id, seq),
    CONSTRAINT report_steps_report_fkey FOREIGN KEY (province_id, report_id) REFERENCES reports (province_id, id),
    CONSTRAINT report_steps_reason_check CHECK ((action IS NOT NULL AND action = 'return') = (reason IS NOT NULL))
);

CREATE FUNCTION report_versions_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'versions of reports are neither changed nor removed';
END $$;
CREATE TRIGGER report_versions_final BEFORE UPDATE OR DELETE OR TRUNCATE ON report_versions
    FOR EACH STATEMENT EXECUTE FUNCTION report_versions_are_final();

ALTER TABLE reports ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON reports USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE report_versions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON report_versions USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE report_steps ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON report_steps USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
