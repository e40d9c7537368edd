-- Leave to act for somebody, for a time. read_only: nothing may be changed with it.
CREATE TABLE delegations (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    delegate_id uuid NOT NULL,
    read_only boolean NOT NULL,
    reason text NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    ended_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT delegations_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT delegations_user_fkey FOREIGN KEY (province_id, user_id) REFERENCES users (province_id, id),
    CONSTRAINT delegations_delegate_fkey FOREIGN KEY (province_id, delegate_id) REFERENCES users (province_id, id),
    CONSTRAINT delegations_persons_check CHECK (user_id <> delegate_id),
    CONSTRAINT delegations_times_check CHECK (valid_from < valid_until)
);
CREATE INDEX delegations_user_idx ON delegations (province_id, user_id);
CREATE INDEX delegations_delegate_idx ON delegations (province_id, delegate_id);
