-- Leave to act for somebody, for a time. read_only: nothing may be changed with it.
CREATE TABLE delegations (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    user_id BLOB NOT NULL,
    delegate_id BLOB NOT NULL,
    read_only INTEGER NOT NULL,
    reason TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    ended_at TEXT,
    created_at TEXT NOT NULL,
    CONSTRAINT delegations_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT delegations_user_fkey FOREIGN KEY (province_id, user_id) REFERENCES users (province_id, id),
    CONSTRAINT delegations_delegate_fkey FOREIGN KEY (province_id, delegate_id) REFERENCES users (province_id, id),
    CONSTRAINT delegations_persons_check CHECK (user_id <> delegate_id),
    CONSTRAINT delegations_times_check CHECK (valid_from < valid_until)
) STRICT;
CREATE INDEX delegations_user_idx ON delegations (province_id, user_id);
CREATE INDEX delegations_delegate_idx ON delegations (province_id, delegate_id);
