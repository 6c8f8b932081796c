-- What is forgotten by its age goes by more than one clock, and a message belongs to a rules file: see schema.sql.
CREATE TABLE forgetting (at REAL NOT NULL, touched REAL NOT NULL);
INSERT INTO forgetting SELECT ifnull(max(at), 0), ifnull(max(at), 0) FROM states;
ALTER TABLE outbox ADD COLUMN rules TEXT NOT NULL DEFAULT '';
DROP INDEX outbox_open;
DROP INDEX outbox_sent;
DROP INDEX outbox_due;
CREATE INDEX outbox_open ON outbox (rules, channel, number) WHERE state IN ('waiting', 'sending');
CREATE INDEX outbox_sent ON outbox (rules, channel, touched) WHERE state = 'sent';
CREATE INDEX outbox_due ON outbox (rules, next_at, channel, state, attempts, touched)
    WHERE state IN ('waiting', 'sending');
DROP TABLE outbox_pauses;
CREATE TABLE outbox_pauses (
    rules   TEXT NOT NULL,
    channel TEXT NOT NULL,
    until   REAL NOT NULL,
    touched REAL NOT NULL,
    PRIMARY KEY (rules, channel)
) WITHOUT ROWID;
CREATE TABLE rules_files (path TEXT PRIMARY KEY, ran REAL NOT NULL, until REAL NOT NULL) WITHOUT ROWID;
