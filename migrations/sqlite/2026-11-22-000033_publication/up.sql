-- What a province shows to everybody. Nothing, until it says so.
CREATE TABLE publications (
    province_id BLOB NOT NULL,
    centres INTEGER NOT NULL,
    ratings INTEGER NOT NULL,
    activities INTEGER NOT NULL,
    news INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    CONSTRAINT publications_pkey PRIMARY KEY (province_id)
) STRICT;
