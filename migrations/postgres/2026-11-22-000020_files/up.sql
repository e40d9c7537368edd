-- Files of centres. Their bytes lie in a store of their own, under the name that object_id gives; a file that arrives piece by
-- piece has one object for each piece until all are there. An object is written before the row that names it, and never again.
CREATE TABLE files (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    size bigint NOT NULL,
    state text NOT NULL,
    received bigint NOT NULL,
    sha256 text,
    object_id uuid,
    upload_until timestamptz,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    stored_at timestamptz,
    CONSTRAINT files_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT files_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT files_size_check CHECK (size > 0),
    CONSTRAINT files_received_check CHECK (received BETWEEN 0 AND size),
    CONSTRAINT files_state_check CHECK (
        state = 'uploading' AND object_id IS NULL AND upload_until IS NOT NULL AND stored_at IS NULL
        OR state = 'stored' AND object_id IS NOT NULL AND upload_until IS NULL AND stored_at IS NOT NULL
            AND received = size AND sha256 IS NOT NULL
    )
);
CREATE INDEX files_centre_idx ON files (province_id, centre_id, created_at, id);
CREATE INDEX files_upload_idx ON files (province_id, upload_until) WHERE upload_until IS NOT NULL;

CREATE TABLE file_pieces (
    province_id uuid NOT NULL,
    file_id uuid NOT NULL,
    begins_at bigint NOT NULL,
    object_id uuid NOT NULL,
    CONSTRAINT file_pieces_pkey PRIMARY KEY (province_id, file_id, begins_at),
    CONSTRAINT file_pieces_file_fkey FOREIGN KEY (province_id, file_id) REFERENCES files (province_id, id),
    CONSTRAINT file_pieces_begins_at_check CHECK (begins_at >= 0)
);

ALTER TABLE files ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON files
    USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid)
    WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE file_pieces ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON file_pieces
    USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid)
    WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
