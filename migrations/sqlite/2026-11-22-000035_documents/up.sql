-- Registers of papers. holder_id repeats whoever keeps the register, so that one key holds for centres and units. A number is given
-- once for a symbol in a year, an arrival number once in a year.
CREATE TABLE documents (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB,
    unit_id BLOB,
    holder_id BLOB NOT NULL,
    direction TEXT NOT NULL,
    kind TEXT NOT NULL,
    year INTEGER NOT NULL,
    registered_on TEXT NOT NULL,
    signed_on TEXT,
    number INTEGER,
    symbol TEXT,
    symbol_key TEXT,
    arrival_number INTEGER,
    subject TEXT NOT NULL,
    signer TEXT,
    search TEXT NOT NULL,
    file_id BLOB,
    plan_id BLOB,
    rating_id BLOB,
    answers_id BLOB,
    replaces_id BLOB,
    details TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT documents_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT documents_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT documents_unit_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT documents_file_fkey FOREIGN KEY (province_id, file_id) REFERENCES files (province_id, id),
    CONSTRAINT documents_plan_fkey FOREIGN KEY (province_id, plan_id) REFERENCES plans (province_id, id),
    CONSTRAINT documents_rating_fkey FOREIGN KEY (province_id, rating_id) REFERENCES ratings (province_id, id),
    CONSTRAINT documents_answers_fkey FOREIGN KEY (province_id, answers_id) REFERENCES documents (province_id, id),
    CONSTRAINT documents_replaces_fkey FOREIGN KEY (province_id, replaces_id) REFERENCES documents (province_id, id),
    CONSTRAINT documents_holder_check CHECK ((centre_id IS NULL) <> (unit_id IS NULL) AND holder_id = COALESCE(centre_id, unit_id)),
    CONSTRAINT documents_number_check CHECK (number > 0),
    CONSTRAINT documents_arrival_check CHECK (arrival_number > 0),
    CONSTRAINT documents_symbol_check CHECK ((number IS NULL) = (symbol IS NULL) AND (symbol IS NULL) = (symbol_key IS NULL)),
    CONSTRAINT documents_direction_check CHECK (
        direction = 'outgoing' AND arrival_number IS NULL AND signed_on IS NOT NULL AND signed_on = registered_on
        OR direction = 'incoming' AND number IS NULL AND (signed_on IS NULL OR signed_on <= registered_on)
    ),
    CONSTRAINT documents_itself_check CHECK (COALESCE(answers_id <> id, true) AND COALESCE(replaces_id <> id, true))
) STRICT;
CREATE UNIQUE INDEX documents_number_key ON documents (province_id, holder_id, year, symbol_key, number) WHERE number IS NOT NULL;
CREATE UNIQUE INDEX documents_arrival_key ON documents (province_id, holder_id, year, arrival_number) WHERE arrival_number IS NOT NULL;
CREATE INDEX documents_registered_idx ON documents (province_id, registered_on, id);
CREATE INDEX documents_centre_idx ON documents (province_id, centre_id, registered_on) WHERE centre_id IS NOT NULL;
CREATE INDEX documents_unit_idx ON documents (province_id, unit_id, registered_on) WHERE unit_id IS NOT NULL;
CREATE INDEX documents_file_idx ON documents (province_id, file_id) WHERE file_id IS NOT NULL;
CREATE INDEX documents_plan_idx ON documents (province_id, plan_id) WHERE plan_id IS NOT NULL;
CREATE INDEX documents_rating_idx ON documents (province_id, rating_id) WHERE rating_id IS NOT NULL;
CREATE INDEX documents_answers_idx ON documents (province_id, answers_id) WHERE answers_id IS NOT NULL;
CREATE INDEX documents_replaces_idx ON documents (province_id, replaces_id) WHERE replaces_id IS NOT NULL;

-- What the assessments of ratings cite, so that nothing of it is removed. Once a rating is decided, rows are added only.
CREATE TABLE rating_documents (
    province_id BLOB NOT NULL,
    rating_id BLOB NOT NULL,
    document_id BLOB NOT NULL,
    CONSTRAINT rating_documents_pkey PRIMARY KEY (province_id, rating_id, document_id),
    CONSTRAINT rating_documents_rating_fkey FOREIGN KEY (province_id, rating_id) REFERENCES ratings (province_id, id),
    CONSTRAINT rating_documents_document_fkey FOREIGN KEY (province_id, document_id) REFERENCES documents (province_id, id)
) STRICT;
CREATE INDEX rating_documents_document_idx ON rating_documents (province_id, document_id);

CREATE TABLE rating_files (
    province_id BLOB NOT NULL,
    rating_id BLOB NOT NULL,
    file_id BLOB NOT NULL,
    CONSTRAINT rating_files_pkey PRIMARY KEY (province_id, rating_id, file_id),
    CONSTRAINT rating_files_rating_fkey FOREIGN KEY (province_id, rating_id) REFERENCES ratings (province_id, id),
    CONSTRAINT rating_files_file_fkey FOREIGN KEY (province_id, file_id) REFERENCES files (province_id, id)
) STRICT;
CREATE INDEX rating_files_file_idx ON rating_files (province_id, file_id);

