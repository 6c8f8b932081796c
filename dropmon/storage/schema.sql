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
