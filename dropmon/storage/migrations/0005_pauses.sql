-- Receivers that have asked for a pause: see schema.sql. What is due is found among thousands of messages.
CREATE TABLE outbox_pauses (
    channel TEXT PRIMARY KEY,
    until   REAL NOT NULL,
    touched REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (next_at, channel, state, attempts, touched) WHERE state IN ('waiting', 'sending');
