-- The whole schema, as a new file gets it. An older file is lifted to it by migrations/, in order.
-- Times are integers: milliseconds since 1970, hours since 1970 (UTC).
PRAGMA application_id = 0x64726f70; -- "drop": tells our files from those of other programs

CREATE TABLE series (
    id     INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: another process may still remember an old one
    name   TEXT NOT NULL,
    labels TEXT NOT NULL,                     -- JSON object, keys sorted, no spaces, ASCII: equal labels are equal text
    UNIQUE (name, labels)
);

-- Without a rowid the key is the table: one series' samples lie side by side, 25 bytes each.
CREATE TABLE samples (
    series  INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    value   REAL,                             -- NULL is NaN, which SQLite cannot store
    PRIMARY KEY (series, time_ms)
) WITHOUT ROWID;

-- What stays of an hour after its samples (dropmon.history.hours). Samples of an hour that has a row here came late,
-- and wait to be added to it.
CREATE TABLE hours (
    series   INTEGER NOT NULL,
    hour     INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    sum      REAL,                            -- NULL is NaN: inf and -inf in one hour
    min      REAL NOT NULL,
    max      REAL NOT NULL,
    first    REAL NOT NULL,
    last     REAL NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms  INTEGER NOT NULL,
    increase REAL,                            -- of a counter, over its resets
    sketch   BLOB NOT NULL,                   -- quantiles (dropmon.history.sketch)
    PRIMARY KEY (series, hour)
) WITHOUT ROWID;

-- What each check last said, and since when it has been saying so. Seconds since 1970.
CREATE TABLE states (
    kind     TEXT NOT NULL,
    name     TEXT NOT NULL,
    verdict  TEXT NOT NULL,
    since    REAL NOT NULL,
    at       REAL NOT NULL,
    retry_at REAL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;

-- How far the round of tidying has come: the last series that was looked at. One row.
CREATE TABLE tidying (series INTEGER NOT NULL);
INSERT INTO tidying VALUES (0);

-- Messages that are to be told, written with the state that they tell of. Seconds since 1970.
CREATE TABLE outbox (
    number  INTEGER PRIMARY KEY AUTOINCREMENT, -- their order
    id      TEXT NOT NULL UNIQUE,              -- goes with the message, so that who gets it twice knows
    channel TEXT NOT NULL,
    payload TEXT NOT NULL,                     -- JSON of a Notification
    created REAL NOT NULL,
    state   TEXT NOT NULL DEFAULT 'waiting',   -- waiting, sending, sent, dead (given up), joined (told in another)
    next_at REAL NOT NULL,                     -- waiting: not before; sending: until then nobody else takes it
    attempts INTEGER NOT NULL DEFAULT 0,
    touched REAL NOT NULL,                     -- when this row changed last: in the future when the clock was set back
    doubt   INTEGER NOT NULL DEFAULT 0,        -- 1: an attempt ended nobody knows how, and it may have arrived
    told    INTEGER NOT NULL DEFAULT 0,        -- 1: its channel's fallback has been told
    done    TEXT NOT NULL DEFAULT '[]',        -- JSON: those of its recipients that have it
    error   TEXT NOT NULL DEFAULT ''           -- what the last attempt ended with
);
CREATE INDEX outbox_open ON outbox (channel, number) WHERE state IN ('waiting', 'sending');
CREATE INDEX outbox_sent ON outbox (channel, touched) WHERE state = 'sent';

-- What is remembered of each series of each alert rule between two evaluations. Seconds since 1970.
CREATE TABLE alerts (
    rule   TEXT NOT NULL,
    labels TEXT NOT NULL,                      -- as those of series
    phase  TEXT NOT NULL,
    at     REAL NOT NULL,                      -- when it was judged last
    body   TEXT NOT NULL,                      -- JSON of a State
    PRIMARY KEY (rule, labels)
) WITHOUT ROWID;

-- How often any of it was written, and the time of the evaluation that did so last: one row. Of two processes that
-- evaluate at once, the later to write sees that the other has been faster.
CREATE TABLE alert_turn (turn INTEGER NOT NULL, at REAL NOT NULL);
INSERT INTO alert_turn VALUES (0, 0);

-- Each time that a series went from one phase to another.
CREATE TABLE alert_edges (
    at     REAL NOT NULL,
    rule   TEXT NOT NULL,
    labels TEXT NOT NULL,
    before TEXT NOT NULL,
    after  TEXT NOT NULL,
    value  REAL
);
CREATE INDEX alert_edges_at ON alert_edges (at);

-- What nobody wants to be told for a while. One that is expired has its end in the past; it is not deleted.
CREATE TABLE silences (
    id       TEXT PRIMARY KEY,
    matchers TEXT NOT NULL,                    -- JSON: [[label, op, value], …]
    start    REAL NOT NULL,
    end      REAL NOT NULL,
    author   TEXT NOT NULL,
    comment  TEXT NOT NULL,
    created  REAL NOT NULL
) WITHOUT ROWID;
