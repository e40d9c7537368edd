CREATE TABLE news (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB,
    unit_id BLOB,
    state TEXT NOT NULL,
    listed_on TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT,
    body TEXT NOT NULL,
    language TEXT NOT NULL,
    pinned_until TEXT,
    published_at TEXT,
    people_agreed INTEGER NOT NULL,
    withdrawn_at TEXT,
    withdrawal_reason TEXT,
    search TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT news_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT news_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT news_unit_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT news_holder_check CHECK ((centre_id IS NULL) <> (unit_id IS NULL)),
    CONSTRAINT news_state_check CHECK (
        state = 'draft' AND published_at IS NULL AND withdrawn_at IS NULL
        OR state = 'published' AND published_at IS NOT NULL AND withdrawn_at IS NULL
        OR state = 'withdrawn' AND published_at IS NOT NULL AND withdrawn_at IS NOT NULL
    )
) STRICT;
CREATE INDEX news_listed_idx ON news (province_id, listed_on, id);
CREATE INDEX news_centre_idx ON news (province_id, centre_id, listed_on) WHERE centre_id IS NOT NULL;
CREATE INDEX news_unit_idx ON news (province_id, unit_id, listed_on) WHERE unit_id IS NOT NULL;
CREATE INDEX news_published_idx ON news (province_id, published_at, id) WHERE state = 'published';

CREATE TABLE news_pictures (
    province_id BLOB NOT NULL,
    news_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    file_id BLOB NOT NULL,
    alt TEXT NOT NULL,
    caption TEXT,
    credit TEXT,
    shows_people INTEGER NOT NULL,
    CONSTRAINT news_pictures_pkey PRIMARY KEY (province_id, news_id, seq),
    CONSTRAINT news_pictures_news_fkey FOREIGN KEY (province_id, news_id) REFERENCES news (province_id, id) ON DELETE CASCADE,
    CONSTRAINT news_pictures_file_fkey FOREIGN KEY (province_id, file_id) REFERENCES files (province_id, id),
    CONSTRAINT news_pictures_file_key UNIQUE (province_id, news_id, file_id)
) STRICT;
CREATE INDEX news_pictures_file_idx ON news_pictures (province_id, file_id);

