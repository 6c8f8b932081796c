"""What the embedded store asks SQLite. All but INFO, which counts every row, walk a key instead of whole tables."""

from __future__ import annotations

KEEP_SAMPLE = "INSERT OR REPLACE INTO samples VALUES (?, ?, ?)"

KEEP_STATE = """
INSERT INTO states VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
SET verdict = excluded.verdict, since = excluded.since, at = excluded.at, retry_at = excluded.retry_at
WHERE excluded.at >= states.at -- a slow process must not put back what a later one has said
OR states.at > excluded.at + 600 -- nor must a clock that was ahead have the last word until its time comes
"""

STATES = """
SELECT kind, name, verdict, since, at, retry_at FROM states
WHERE ?1 IS NULL OR kind IN (SELECT value FROM json_each(?1))
"""

SERIES = "SELECT id, name, labels FROM series WHERE name BETWEEN ? AND ? ORDER BY name, labels"

FIND_SERIES = "SELECT id FROM series WHERE name = ? AND labels = ?"

ADD_SERIES = "INSERT INTO series (name, labels) VALUES (?, ?)"

# CROSS JOIN keeps SQLite from walking the samples first.
RECENT = """
SELECT labels, time_ms / 1000.0, value FROM series CROSS JOIN samples ON series = id AND time_ms >= ifnull(
    (SELECT time_ms FROM samples WHERE series = id ORDER BY time_ms DESC LIMIT 1 OFFSET ?2 - 1),
    (SELECT min(time_ms) FROM samples WHERE series = id))
WHERE name = ?1 AND (?3 IS NULL OR labels IN (SELECT value FROM json_each(?3))) ORDER BY labels, time_ms
"""

# The hours answer for a series whose samples have gone: what reports once a month must not seem never to have done so.
LATEST = """
SELECT labels, time_ms / 1000.0, value FROM series CROSS JOIN samples ON series = id AND time_ms = (
    SELECT max(time_ms) FROM samples WHERE series = id AND time_ms <= ?2)
WHERE name = ?1
UNION ALL
SELECT labels, last_ms / 1000.0, last FROM series CROSS JOIN hours ON series = id AND hour = (
    SELECT hour FROM hours WHERE series = id AND hour <= ?2 / 3600000 AND last_ms <= ?2 ORDER BY hour DESC LIMIT 1)
WHERE name = ?1
ORDER BY 1, 2
"""

# The series wanted come as one JSON array: any number of them, and one statement.
SAMPLES = """
SELECT series, time_ms / 1000.0, samples.value FROM json_each(?1) AS wanted
CROSS JOIN samples ON series = wanted.value AND time_ms > ?2 AND time_ms <= ?3
"""

AGGREGATE = """
SELECT wanted.value, (
    SELECT CASE count(*) WHEN 0 THEN 'none' ELSE {function} END
    FROM samples WHERE series = wanted.value AND time_ms > ?2 AND time_ms <= ?3)
FROM json_each(?1) AS wanted
"""

# As Prometheus has it: NaN counts, spoils a sum, and is no extreme as long as there is a number.
AGGREGATES = {
    "avg": "CASE count(*) WHEN count(value) THEN avg(value) END",
    "count": "count(*)",
    "max": "max(value)",
    "min": "min(value)",
    "sum": "CASE count(*) WHEN count(value) THEN sum(value) END",
}

# One series: more than one at once is slower where each has many samples.
RUNS = """
SELECT series, time_ms, samples.value FROM json_each(?1) AS wanted
CROSS JOIN samples ON series = wanted.value AND time_ms > ?2 AND time_ms <= ?3
"""
RUN = "SELECT series, time_ms, value FROM samples WHERE series = ? AND time_ms > ? AND time_ms <= ?"

# Windows come as one JSON array of their ends, each so long as ?3. What is no number is made one that no sum hides.
WINDOWS = """
SELECT wanted.value, ends.key, (
    SELECT {function} FROM samples WHERE series = wanted.value AND time_ms > ends.value - ?3 AND time_ms <= ends.value)
FROM json_each(?1) AS wanted CROSS JOIN json_each(?2) AS ends
"""
WINDOW = {
    "avg": "avg(ifnull(value, 9e999))",
    "count": "nullif(count(*), 0)",
    "max": "max(ifnull(value, -9e999))",
    "min": "min(ifnull(value, 9e999))",
    "sum": "sum(ifnull(value, 9e999))",
}

# Only the first and the last hour may have ended outside.
HOURLY_WINDOWS = """
SELECT wanted.value, ends.key, (
    SELECT {function} FROM hours WHERE series = wanted.value
    AND hour BETWEEN (ends.value - ?3) / 3600000 AND ends.value / 3600000
    AND (hour > (ends.value - ?3) / 3600000 AND hour < ends.value / 3600000
        OR last_ms > ends.value - ?3 AND last_ms <= ends.value))
FROM json_each(?1) AS wanted CROSS JOIN json_each(?2) AS ends
"""
HOURLY_WINDOW = {
    "avg": "sum(ifnull(sum, 9e999)) / sum(count)",
    "count": "sum(count)",
    "max": "max(max)",
    "min": "min(min)",
    "sum": "sum(ifnull(sum, 9e999))",
}

# `gathered` is a function of the values in Python.
GATHERED = """
SELECT wanted.value, ends.key, (
    SELECT min(time_ms) FROM samples
    WHERE series = wanted.value AND time_ms > ends.value - ?3 AND time_ms <= ends.value
), (
    SELECT max(time_ms) FROM samples
    WHERE series = wanted.value AND time_ms > ends.value - ?3 AND time_ms <= ends.value
), (
    SELECT gathered(value) FROM samples
    WHERE series = wanted.value AND time_ms > ends.value - ?3 AND time_ms <= ends.value
) FROM json_each(?1) AS wanted CROSS JOIN json_each(?2) AS ends
"""

# `grown` is a function in Python, too. Its first value: 0 of an hour inside the window, 1 of one that began before it,
# 2 of one that ended after it, 3 of both.
GROWN = """
SELECT wanted.value, ends.key, (
    SELECT grown((first_ms <= ends.value - ?3) + 2 * (last_ms > ends.value), first_ms, first, last_ms, last)
    FROM hours WHERE series = wanted.value AND hour BETWEEN (ends.value - ?3) / 3600000 AND ends.value / 3600000
    AND last_ms > ends.value - ?3 AND first_ms <= ends.value
) FROM json_each(?1) AS wanted CROSS JOIN json_each(?2) AS ends
"""

POINTS = """
SELECT series, time_ms, samples.value FROM json_each(?1) AS wanted CROSS JOIN json_each(?2) AS ends
CROSS JOIN samples ON series = wanted.value AND time_ms > ends.value - ?3 AND time_ms <= ends.value
"""

OUTLINES = """
SELECT series, ends.value, first_ms, first, last_ms, last FROM json_each(?1) AS wanted
CROSS JOIN json_each(?2) AS ends
CROSS JOIN hours ON series = wanted.value
AND hour BETWEEN (ends.value - ?3) / 3600000 - 1 AND ends.value / 3600000
"""

OLDEST = """
SELECT min((SELECT min(time_ms) FROM samples WHERE series = wanted.value)) FROM json_each(?1) AS wanted
"""

# An hour belongs to the range in which it ends: its samples are not known any more.
FOLD = """
SELECT series, sum(n), CASE count(*) WHEN count(s) THEN sum(s) END, min(low), max(high) FROM (
    SELECT series, count(*) AS n, CASE count(*) WHEN count(samples.value) THEN sum(samples.value) END AS s,
        min(samples.value) AS low, max(samples.value) AS high
    FROM json_each(?1) AS wanted CROSS JOIN samples ON series = wanted.value AND time_ms > ?2 AND time_ms <= ?3
    GROUP BY series
    UNION ALL
    SELECT series, sum(count), sum(sum), min(min), max(max)
    FROM json_each(?1) AS wanted CROSS JOIN hours
    ON series = wanted.value AND hour BETWEEN ?2 / 3600000 - 1 AND ?3 / 3600000 AND last_ms > ?2 AND last_ms <= ?3
    GROUP BY series
) GROUP BY series
"""

NEWEST_HOUR = "SELECT max((SELECT max(hour) FROM hours WHERE series = id)) FROM series"

HOURS = """
SELECT series, hour, {columns} FROM json_each(?1) AS wanted
CROSS JOIN hours ON series = wanted.value AND hour >= ?2 AND hour < ?3
"""

# How many series come after one (not more than so many), and the last of them.
NEXT_SERIES = "SELECT count(*), max(id) FROM (SELECT id FROM series WHERE id > ? ORDER BY id LIMIT ?)"

# Of those, the ones with samples or hours that are too old, and the ones with neither. Mostly there are none.
DUE = """
SELECT id FROM (SELECT id FROM series WHERE id > ?1 ORDER BY id LIMIT ?2) WHERE
    EXISTS (SELECT 1 FROM samples WHERE series = id AND time_ms < ?3)
    OR EXISTS (SELECT 1 FROM hours WHERE series = id AND hour < ?4)
    OR NOT EXISTS (SELECT 1 FROM samples WHERE series = id) AND NOT EXISTS (SELECT 1 FROM hours WHERE series = id)
ORDER BY id
"""

INFO = """
SELECT (SELECT count(*) FROM series), (SELECT count(*) FROM samples),
    min((SELECT min(time_ms) FROM samples WHERE series = id)) / 1000.0,
    max((SELECT max(time_ms) FROM samples WHERE series = id)) / 1000.0,
    (SELECT count(*) FROM hours),
    min((SELECT min(hour) FROM hours WHERE series = id)) * 3600.0
FROM series
"""
