-- Messages that are to be told: see schema.sql.
CREATE TABLE outbox (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    id      TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    payload TEXT NOT NULL,
    created REAL NOT NULL,
    state   TEXT NOT NULL DEFAULT 'waiting',
    next_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    touched REAL NOT NULL,
    doubt   INTEGER NOT NULL DEFAULT 0,
    told    INTEGER NOT NULL DEFAULT 0,
    done    TEXT NOT NULL DEFAULT '[]',
    error   TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outbox_open ON outbox (channel, number) WHERE state IN ('waiting', 'sending');
CREATE INDEX outbox_sent ON outbox (channel, touched) WHERE state = 'sent';
