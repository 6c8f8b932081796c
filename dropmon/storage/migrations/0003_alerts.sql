-- What is remembered of alerts, and silences: see schema.sql.
CREATE TABLE alerts (
    rule   TEXT NOT NULL,
    labels TEXT NOT NULL,
    phase  TEXT NOT NULL,
    at     REAL NOT NULL,
    body   TEXT NOT NULL,
    PRIMARY KEY (rule, labels)
) WITHOUT ROWID;
CREATE TABLE alert_turn (turn INTEGER NOT NULL, at REAL NOT NULL);
INSERT INTO alert_turn VALUES (0, 0);
CREATE TABLE alert_edges (
    at     REAL NOT NULL,
    rule   TEXT NOT NULL,
    labels TEXT NOT NULL,
    before TEXT NOT NULL,
    after  TEXT NOT NULL,
    value  REAL
);
CREATE INDEX alert_edges_at ON alert_edges (at);
CREATE TABLE silences (
    id       TEXT PRIMARY KEY,
    matchers TEXT NOT NULL,
    start    REAL NOT NULL,
    end      REAL NOT NULL,
    author   TEXT NOT NULL,
    comment  TEXT NOT NULL,
    created  REAL NOT NULL
) WITHOUT ROWID;
