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

-- The time as of which things were forgotten by their age last, and what the clock said then: one row, zeros while
-- nothing was. One clock that runs ahead must not cost the past: see history/retention.py. Seconds since 1970.
CREATE TABLE forgetting (at REAL NOT NULL, touched REAL NOT NULL);
INSERT INTO forgetting VALUES (0, 0);

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
    error   TEXT NOT NULL DEFAULT '',          -- what the last attempt ended with
    rules   TEXT NOT NULL DEFAULT ''           -- the rules file whose channel it is for; '' is any
);
CREATE INDEX outbox_open ON outbox (rules, channel, number) WHERE state IN ('waiting', 'sending');
CREATE INDEX outbox_sent ON outbox (rules, channel, touched) WHERE state = 'sent';
CREATE INDEX outbox_due ON outbox (rules, next_at, channel, state, attempts, touched)
    WHERE state IN ('waiting', 'sending');

-- Receivers that have asked for a pause (Retry-After). Seconds since 1970.
CREATE TABLE outbox_pauses (
    rules   TEXT NOT NULL,
    channel TEXT NOT NULL,
    until   REAL NOT NULL,
    touched REAL NOT NULL,                     -- when it was asked for: in the future when the clock was set back
    PRIMARY KEY (rules, channel)
) WITHOUT ROWID;

-- The rules files that use this history. Seconds since 1970.
CREATE TABLE rules_files (
    path  TEXT PRIMARY KEY,
    ran   REAL NOT NULL,
    until REAL NOT NULL                        -- when it is in use no more, if it is not used before
) WITHOUT ROWID;

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

-- Who stands in for whom, beside what the rules say. One that is removed keeps its row. Seconds since 1970.
CREATE TABLE overrides (
    id       TEXT PRIMARY KEY,
    role     TEXT,                             -- primary, backup; NULL: whichever the replaced person holds
    replaces TEXT,                             -- a person's short name; NULL: whoever holds the role
    person   TEXT NOT NULL,                    -- who takes it
    start    REAL NOT NULL,
    end      REAL NOT NULL,
    reason   TEXT NOT NULL,
    author   TEXT NOT NULL,
    created  REAL NOT NULL,
    removed  REAL
) WITHOUT ROWID;

-- Who held the pager, as each turn found it: what the rules say later does not change the past.
CREATE TABLE served (
    role   TEXT NOT NULL,
    start  REAL NOT NULL,
    end    REAL NOT NULL,                      -- of the shift, as it was known then
    seen   REAL NOT NULL,                      -- by the last turn that found it so; what comes after is not served yet
    person TEXT NOT NULL,                      -- '' for nobody
    source TEXT NOT NULL,                      -- rotation, override
    PRIMARY KEY (role, start)
) WITHOUT ROWID;

-- Shifts in calendars that people subscribe to: one that is off is still told, as cancelled.
CREATE TABLE published (
    uid       TEXT PRIMARY KEY,
    role      TEXT NOT NULL,
    person    TEXT NOT NULL,
    start     REAL NOT NULL,
    end       REAL NOT NULL,
    sequence  INTEGER NOT NULL,                -- how often it was changed
    cancelled INTEGER NOT NULL,
    changed   REAL NOT NULL
) WITHOUT ROWID;

-- Incidents, and all that was done about each, in the order in which it was written down.
CREATE TABLE incidents (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    state    TEXT NOT NULL,                    -- triggered, acknowledged, resolved, merged
    opened   REAL NOT NULL,
    touched  REAL NOT NULL,                    -- when its state changed last, which is not before it was opened
    next_due REAL,                             -- the earliest time by which something is asked
    firing   INTEGER NOT NULL DEFAULT 0,       -- alerts that are not over
    body     TEXT NOT NULL                     -- JSON of an Incident
);
CREATE INDEX incidents_open ON incidents (number) WHERE state IN ('triggered', 'acknowledged');
CREATE INDEX incidents_due ON incidents (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX incidents_firing ON incidents (number) WHERE firing > 0;
CREATE INDEX incidents_touched ON incidents (touched);
CREATE TABLE incident_events (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    incident INTEGER NOT NULL,
    at       REAL NOT NULL,                    -- when it happened
    recorded REAL NOT NULL,                    -- when it was written down
    kind     TEXT NOT NULL,
    author   TEXT NOT NULL,
    text     TEXT NOT NULL,
    body     TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX incident_events_of ON incident_events (incident, number);

-- The last change of phase (rowid of alert_edges) that incidents have heard of, and when. One row.
CREATE TABLE incident_turn (edge INTEGER NOT NULL, at REAL NOT NULL);
INSERT INTO incident_turn VALUES (0, 0);

-- What happened elsewhere: deployments, releases, incidents of vendors.
CREATE TABLE events (
    kind   TEXT NOT NULL,                      -- deployment, release, vendor
    source TEXT NOT NULL,                      -- the entry of the rules that told it
    id     TEXT NOT NULL,                      -- as its source names it: told again, it is changed and not doubled
    at     REAL NOT NULL,
    title  TEXT NOT NULL,
    state  TEXT NOT NULL,                      -- ready, failed, rolled back, …: the source's own word
    link   TEXT NOT NULL,
    labels TEXT NOT NULL,                      -- JSON object: commit, branch, author, …
    PRIMARY KEY (kind, source, id)
) WITHOUT ROWID;
CREATE INDEX events_at ON events (at);

-- Reports that were sent, or are being sent: one row wins.
CREATE TABLE reports (
    name       TEXT NOT NULL,                  -- weekly, daily, slo
    period     TEXT NOT NULL,                  -- 2026-W47
    recipients TEXT NOT NULL,
    state      TEXT NOT NULL,                  -- sending, sent
    at         REAL NOT NULL,
    message    TEXT NOT NULL,                  -- its Message-ID
    PRIMARY KEY (name, period, recipients)
) WITHOUT ROWID;
