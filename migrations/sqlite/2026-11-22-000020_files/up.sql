-- Files of centres. Their bytes lie in a store of their own, under the name that object_id gives; a file that arrives piece by
-- piece has one object for each piece until all are there. An object is written before the row that names it, and never again.
CREATE TABLE files (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    state TEXT NOT NULL,
    received INTEGER NOT NULL,
    sha256 TEXT,
    object_id BLOB,
    upload_until TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    stored_at TEXT,
    CONSTRAINT files_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT files_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT files_size_check CHECK (size > 0),
    CONSTRAINT files_received_check CHECK (received BETWEEN 0 AND size),
    CONSTRAINT files_state_check CHECK (
        state = 'uploading' AND object_id IS NULL AND upload_until IS NOT NULL AND stored_at IS NULL
        OR state = 'stored' AND object_id IS NOT NULL AND upload_until IS NULL AND stored_at IS NOT NULL
            AND received = size AND sha256 IS NOT NULL
    )
) STRICT;
CREATE INDEX files_centre_idx ON files (province_id, centre_id, created_at, id);
CREATE INDEX files_upload_idx ON files (province_id, upload_until) WHERE upload_until IS NOT NULL;

CREATE TABLE file_pieces (
    province_id BLOB NOT NULL,
    file_id BLOB NOT NULL,
    begins_at INTEGER NOT NULL,
    object_id BLOB NOT NULL,
    CONSTRAINT file_pieces_pkey PRIMARY KEY (province_id, file_id, begins_at),
    CONSTRAINT file_pieces_file_fkey FOREIGN KEY (province_id, file_id) REFERENCES files (province_id, id),
    CONSTRAINT file_pieces_begins_at_check CHECK (begins_at >= 0)
) STRICT;
