-- Mergers of centres as one act: which centre took in which others by which decision, and what was handed over.
CREATE TABLE mergers (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    effective_on date NOT NULL,
    decision jsonb NOT NULL,
    note text,
    created_at timestamptz NOT NULL,
    CONSTRAINT mergers_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT mergers_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id)
);
CREATE INDEX mergers_centre_idx ON mergers (province_id, centre_id, effective_on, id);

-- What each of the old centres handed over. A centre goes into another one once.
CREATE TABLE merged_centres (
    province_id uuid NOT NULL,
    merger_id uuid NOT NULL,
    centre_id uuid NOT NULL,
    act_id uuid NOT NULL,
    ended_appointments integer NOT NULL,
    sites integer NOT NULL,
    rapporteurs integer NOT NULL,
    assets integer NOT NULL,
    plans jsonb NOT NULL,
    balance_vnd bigint,
    handed_over_id uuid,
    received_id uuid,
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
);

ALTER TABLE mergers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON mergers
    USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid)
    WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE merged_centres ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON merged_centres
    USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid)
    WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
