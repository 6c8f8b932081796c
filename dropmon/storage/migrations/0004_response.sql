-- Who held the pager, incidents, what happened elsewhere, reports that were sent: see schema.sql.
CREATE TABLE overrides (
    id       TEXT PRIMARY KEY,
    role     TEXT,
    replaces TEXT,
    person   TEXT NOT NULL,
    start    REAL NOT NULL,
    end      REAL NOT NULL,
    reason   TEXT NOT NULL,
    author   TEXT NOT NULL,
    created  REAL NOT NULL,
    removed  REAL
) WITHOUT ROWID;
CREATE TABLE served (
    role   TEXT NOT NULL,
    start  REAL NOT NULL,
    end    REAL NOT NULL,
    seen   REAL NOT NULL,
    person TEXT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (role, start)
) WITHOUT ROWID;
CREATE TABLE published (
    uid       TEXT PRIMARY KEY,
    role      TEXT NOT NULL,
    person    TEXT NOT NULL,
    start     REAL NOT NULL,
    end       REAL NOT NULL,
    sequence  INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    changed   REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE incidents (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    state    TEXT NOT NULL,
    opened   REAL NOT NULL,
    touched  REAL NOT NULL,
    next_due REAL,
    firing   INTEGER NOT NULL DEFAULT 0,
    body     TEXT NOT NULL
);
CREATE INDEX incidents_open ON incidents (number) WHERE state IN ('triggered', 'acknowledged');
CREATE INDEX incidents_due ON incidents (next_due) WHERE next_due IS NOT NULL;
CREATE INDEX incidents_firing ON incidents (number) WHERE firing > 0;
CREATE INDEX incidents_touched ON incidents (touched);
CREATE TABLE incident_events (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    incident INTEGER NOT NULL,
    at       REAL NOT NULL,
    recorded REAL NOT NULL,
    kind     TEXT NOT NULL,
    author   TEXT NOT NULL,
    text     TEXT NOT NULL,
    body     TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX incident_events_of ON incident_events (incident, number);
CREATE TABLE incident_turn (edge INTEGER NOT NULL, at REAL NOT NULL);
INSERT INTO incident_turn SELECT ifnull(max(rowid), 0), 0 FROM alert_edges;
CREATE TABLE events (
    kind   TEXT NOT NULL,
    source TEXT NOT NULL,
    id     TEXT NOT NULL,
    at     REAL NOT NULL,
    title  TEXT NOT NULL,
    state  TEXT NOT NULL,
    link   TEXT NOT NULL,
    labels TEXT NOT NULL,
    PRIMARY KEY (kind, source, id)
) WITHOUT ROWID;
CREATE INDEX events_at ON events (at);
CREATE TABLE reports (
    name       TEXT NOT NULL,
    period     TEXT NOT NULL,
    recipients TEXT NOT NULL,
    state      TEXT NOT NULL,
    at         REAL NOT NULL,
    message    TEXT NOT NULL,
    PRIMARY KEY (name, period, recipients)
) WITHOUT ROWID;
