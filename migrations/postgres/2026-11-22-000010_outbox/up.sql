-- Mail, queued in the transaction of the change that it tells of. next_attempt_at is null once it is sent or given up;
-- while a server sends it, the end of that server's lease. The body is erased when it is sent.
CREATE TABLE outbox_mails (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    recipient text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL,
    sent_at timestamptz,
    attempts integer NOT NULL,
    next_attempt_at timestamptz,
    last_error text,
    CONSTRAINT outbox_mails_pkey PRIMARY KEY (province_id, id)
);
CREATE INDEX outbox_mails_due_idx ON outbox_mails (province_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
