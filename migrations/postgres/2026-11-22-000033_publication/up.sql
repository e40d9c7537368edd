-- What a province shows to everybody. Nothing, until it says so.
CREATE TABLE publications (
    province_id uuid NOT NULL,
    centres boolean NOT NULL,
    ratings boolean NOT NULL,
    activities boolean NOT NULL,
    news boolean NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT publications_pkey PRIMARY KEY (province_id)
);
ALTER TABLE publications ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON publications USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
