-- Mergers of centres as one act: which centre took in which others by which decision, and what was handed over.
CREATE TABLE mergers (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    effective_on TEXT NOT NULL,
    decision TEXT NOT NULL,
    note TEXT,
    created_at TEXT NOT NULL,
    CONSTRAINT mergers_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT mergers_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id)
) STRICT;
CREATE INDEX mergers_centre_idx ON mergers (province_id, centre_id, effective_on, id);

-- What each of the old centres handed over. A centre goes into another one once.
CREATE TABLE merged_centres (
    province_id BLOB NOT NULL,
    merger_id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    act_id BLOB NOT NULL,
    ended_appointments INTEGER NOT NULL,
    sites INTEGER NOT NULL,
    rapporteurs INTEGER NOT NULL,
    assets INTEGER NOT NULL,
    plans TEXT NOT NULL,
    balance_vnd INTEGER,
    handed_over_id BLOB,
    received_id BLOB,
    CONSTRAINT merged_centres_pkey PRIMARY KEY (province_id, merger_id, centre_id),
    CONSTRAINT merged_centres_centre_key UNIQUE (province_id, centre_id),
    CONSTRAINT merged_centres_merger_fkey FOREIGN KEY (province_id, merger_id) REFERENCES mergers (province_id, id),
    CONSTRAINT merged_centres_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT merged_centres_act_fkey FOREIGN KEY (province_id, act_id) REFERENCES centre_acts (province_id, id),
    CONSTRAINT merged_centres_handed_over_fkey FOREIGN KEY (province_id, handed_over_id) REFERENCES money_entries (province_id, id),
    CONSTRAINT merged_centres_received_fkey FOREIGN KEY (province_id, received_id) REFERENCES money_entries (province_id, id),
    CONSTRAINT merged_centres_balance_check CHECK (balance_vnd IS NULL OR balance_vnd >= 0),
    CONSTRAINT merged_centres_entries_check CHECK (
        (handed_over_id IS NULL) = (received_id IS NULL) AND (handed_over_id IS NULL) = (COALESCE(balance_vnd, 0) = 0)
    ),
    CONSTRAINT merged_centres_counts_check CHECK (ended_appointments >= 0 AND sites >= 0 AND rapporteurs >= 0 AND assets >= 0)
) STRICT;

