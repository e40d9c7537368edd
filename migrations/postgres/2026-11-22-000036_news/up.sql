CREATE TABLE news (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid,
    unit_id uuid,
    state text NOT NULL,
    listed_on date NOT NULL,
    title text NOT NULL,
    summary text,
    body text NOT NULL,
    language text NOT NULL,
    pinned_until date,
    published_at timestamptz,
    people_agreed boolean NOT NULL,
    withdrawn_at timestamptz,
    withdrawal_reason text,
    search text NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT news_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT news_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT news_unit_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT news_holder_check CHECK ((centre_id IS NULL) <> (unit_id IS NULL)),
    CONSTRAINT news_state_check CHECK (
        state = 'draft' AND published_at IS NULL AND withdrawn_at IS NULL
        OR state = 'published' AND published_at IS NOT NULL AND withdrawn_at IS NULL
        OR state = 'withdrawn' AND published_at IS NOT NULL AND withdrawn_at IS NOT NULL
    )
);
CREATE INDEX news_listed_idx ON news (province_id, listed_on, id);
CREATE INDEX news_centre_idx ON news (province_id, centre_id, listed_on) WHERE centre_id IS NOT NULL;
CREATE INDEX news_unit_idx ON news (province_id, unit_id, listed_on) WHERE unit_id IS NOT NULL;
CREATE INDEX news_published_idx ON news (province_id, published_at, id) WHERE state = 'published';

CREATE TABLE news_pictures (
    province_id uuid NOT NULL,
    news_id uuid NOT NULL,
    seq integer NOT NULL,
    file_id uuid NOT NULL,
    alt text NOT NULL,
    caption text,
    credit text,
    shows_people boolean NOT NULL,
    CONSTRAINT news_pictures_pkey PRIMARY KEY (province_id, news_id, seq),
    CONSTRAINT news_pictures_news_fkey FOREIGN KEY (province_id, news_id) REFERENCES news (province_id, id) ON DELETE CASCADE,
    CONSTRAINT news_pictures_file_fkey FOREIGN KEY (province_id, file_id) REFERENCES files (province_id, id),
    CONSTRAINT news_pictures_file_key UNIQUE (province_id, news_id, file_id)
);
CREATE INDEX news_pictures_file_idx ON news_pictures (province_id, file_id);

ALTER TABLE news ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON news USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE news_pictures ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON news_pictures USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
