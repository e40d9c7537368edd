-- A centre's reports: what is written by hand. What their records come to is counted when a report is read, and frozen
-- when it is handed in.
CREATE TABLE reports (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    period TEXT NOT NULL,
    first_day TEXT NOT NULL,
    last_day TEXT NOT NULL,
    number INTEGER,
    number_year INTEGER,
    symbol TEXT NOT NULL,
    signed_on TEXT,
    cut_off TEXT,
    due_on TEXT,
    signer TEXT,
    head TEXT NOT NULL,
    texts TEXT NOT NULL,
    judgements TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    first_submitted_at TEXT,
    submitted_at TEXT,
    accepted_at TEXT,
    return_reason TEXT,
    return_sections TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
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
) STRICT;
CREATE INDEX reports_centre_idx ON reports (province_id, centre_id, last_day, id);
CREATE INDEX reports_last_day_idx ON reports (province_id, last_day, id);

-- What was handed in, as it was: the text over which the hash is made, never changed and never removed.
CREATE TABLE report_versions (
    province_id BLOB NOT NULL,
    report_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    cut_off TEXT NOT NULL,
    submitted_at TEXT NOT NULL,
    user_id BLOB NOT NULL,
    acting_user_id BLOB,
    document TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    CONSTRAINT report_versions_pkey PRIMARY KEY (province_id, report_id, version),
    CONSTRAINT report_versions_report_fkey FOREIGN KEY (province_id, report_id) REFERENCES reports (province_id, id),
    CONSTRAINT report_versions_version_check CHECK (version > 0),
    CONSTRAINT report_versions_sha256_check CHECK (length(sha256) = 64)
) STRICT;

-- Who did what with a report: whoever wrote it or handed it in does not accept it.
CREATE TABLE report_steps (
    province_id BLOB NOT NULL,
    report_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    at TEXT NOT NULL,
    user_id BLOB NOT NULL,
    acting_user_id BLOB,
    action TEXT,
    version INTEGER,
    reason TEXT,
    sections TEXT NOT NULL,
    CONSTRAINT report_steps_pkey PRIMARY KEY (province_id, report_id, seq),
    CONSTRAINT report_steps_report_fkey FOREIGN KEY (province_id, report_id) REFERENCES reports (province_id, id),
    CONSTRAINT report_steps_reason_check CHECK ((action IS NOT NULL AND action = 'return') = (reason IS NOT NULL))
) STRICT;

CREATE TRIGGER report_versions_no_update BEFORE UPDATE ON report_versions
BEGIN SELECT RAISE(ABORT, 'versions of reports are neither changed nor removed'); END;
CREATE TRIGGER report_versions_no_delete BEFORE DELETE ON report_versions
BEGIN SELECT RAISE(ABORT, 'versions of reports are neither changed nor removed'); END;
