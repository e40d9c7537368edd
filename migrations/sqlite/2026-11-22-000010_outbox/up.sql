-- Mail, queued in the transaction of the change that it tells of. next_attempt_at is null once it is sent or given up;
-- while a server sends it, the end of that server's lease. The body is erased when it is sent.
CREATE TABLE outbox_mails (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at TEXT NOT NULL,
    sent_at TEXT,
    attempts INTEGER NOT NULL,
    next_attempt_at TEXT,
    last_error TEXT,
    CONSTRAINT outbox_mails_pkey PRIMARY KEY (province_id, id)
) STRICT;
CREATE INDEX outbox_mails_due_idx ON outbox_mails (province_id, next_attempt_at) WHERE next_attempt_at IS NOT NULL;
