"""How many samples are on which side of a limit, counted by SQLite; hours answer where the samples have gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dropmon.errors import StorageError
from dropmon.storage import parallel
from dropmon.storage.failures import explained
from dropmon.storage.sqlite import SqliteStore

if TYPE_CHECKING:
    import sqlite3

    from dropmon.storage.store import Store

HIGH = 1 << 32  # two counts in one number: a subquery gives only one
OPPOSITE: Mapping[str, str] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}

# NaN, which is NULL here, is on neither side.
COUNT = """
SELECT wanted.value, pieces.key, (
    SELECT sum(CASE WHEN value {op} ?3 THEN 4294967297 WHEN value {other} ?3 THEN 4294967296 END) FROM samples
    WHERE series = wanted.value AND time_ms > json_extract(pieces.value, '$[0]')
    AND time_ms <= json_extract(pieces.value, '$[1]'))
FROM json_each(?1) AS wanted CROSS JOIN json_each(?2) AS pieces
"""

# An hour counts where it ends; whether it is wholly on one side its extremes tell, else its sketch.
COUNT_HOURS = """
SELECT wanted.value, pieces.key, (
    SELECT sum((count << 32) | CASE WHEN {all} THEN count WHEN {none} THEN 0 ELSE held(sketch) END) FROM hours
    WHERE series = wanted.value AND hour BETWEEN json_extract(pieces.value, '$[0]') / 3600000
    AND json_extract(pieces.value, '$[1]') / 3600000
    AND last_ms > json_extract(pieces.value, '$[0]') AND last_ms <= json_extract(pieces.value, '$[1]'))
FROM json_each(?1) AS wanted CROSS JOIN json_each(?2) AS pieces
"""
WHOLLY = {"<": "max < ?3", "<=": "max <= ?3", ">": "min > ?3", ">=": "min >= ?3", "==": "min = ?3 AND max = ?3",
          "!=": "min > ?3 OR max < ?3"}  # fmt: skip

COUNT_SLICES = """
SELECT (time_ms + ?4 - 1) / ?4,
    sum(CASE WHEN samples.value {op} ?3 THEN 4294967297 WHEN samples.value {other} ?3 THEN 4294967296 END)
FROM json_each(?1) AS wanted CROSS JOIN json_each(?2) AS pieces CROSS JOIN samples
ON series = wanted.value AND time_ms > json_extract(pieces.value, '$[0]')
AND time_ms <= json_extract(pieces.value, '$[1]')
GROUP BY 1
"""

HOUR_ROWS = """
SELECT first_ms, first, last_ms, last, increase FROM hours
WHERE series = ?1 AND hour BETWEEN ?2 / 3600000 AND ?3 / 3600000 AND last_ms <= ?3 ORDER BY hour
"""
BEFORE = "SELECT time_ms, value FROM samples WHERE series = ?1 AND time_ms <= ?2 ORDER BY time_ms DESC LIMIT 1"
HOUR_BEFORE = """
SELECT last_ms, last FROM hours WHERE series = ?1 AND hour <= ?2 / 3600000 AND last_ms <= ?2 ORDER BY hour DESC LIMIT 1
"""


class Side(NamedTuple):
    """A comparison, and of what is known by the hour how many of an hour's samples meet it, by its sketch."""

    op: str
    limit: float
    held: Callable[[bytes], int]


class Counts:
    """Counts over a store. Times in milliseconds; raises StorageError when the disk fails it."""

    def __init__(self, database: sqlite3.Connection, place: str) -> None:
        self.place = place
        self._database = database

    def samples(
        self, ids: Sequence[int], spans: Sequence[tuple[int, int]], side: Side, many: bool = False
    ) -> Iterator[tuple[int, int, int, int]]:
        """Series, place of the span, how many samples there are, and how many of them are on that side.

        `many` says that there are very many: several threads count them.
        """
        query = COUNT.format(op=_sql(side.op), other=_sql(OPPOSITE[side.op]))
        asked = json.dumps(spans), side.limit
        with explained(self.place):
            if many and len(ids) > 1:
                yield from _counted(parallel.asked(self.place, query, ids, *asked))
            else:
                yield from _counted(self._database.execute(query, (json.dumps(ids), *asked)))

    def hours(
        self, ids: Sequence[int], spans: Sequence[tuple[int, int]], side: Side
    ) -> Iterator[tuple[int, int, int, int]]:
        """As `samples`, of the hours whose samples have gone."""
        query = COUNT_HOURS.format(all=WHOLLY[side.op], none=WHOLLY[OPPOSITE[side.op]])
        with explained(self.place):
            self._database.create_function("held", 1, side.held, deterministic=True)
            asked = json.dumps(ids), json.dumps(spans), side.limit
            yield from _counted(self._database.execute(query, asked))

    def slices(
        self, ids: Sequence[int], spans: Sequence[tuple[int, int]], side: Side, length: int
    ) -> Iterator[tuple[int, int, int]]:
        """End of each slice of so long that has samples, how many, and how many of them are on that side."""
        query = COUNT_SLICES.format(op=_sql(side.op), other=_sql(OPPOSITE[side.op]))
        with explained(self.place):
            for number, both in self._database.execute(query, (json.dumps(ids), json.dumps(spans), side.limit, length)):
                if both is not None:
                    yield number * length, both // HIGH, both % HIGH

    def before(self, series: int, time: int) -> tuple[int, float] | None:
        """The newest sample not after a time, also one that only its hour has kept."""
        with explained(self.place):
            found = self._database.execute(BEFORE, (series, time)).fetchone()
            found = found or self._database.execute(HOUR_BEFORE, (series, time)).fetchone()
        return (int(found[0]), float(found[1])) if found and found[1] is not None else None

    def grown(self, series: int, start: int, end: int) -> list[tuple[int, float, int, float, float]]:
        """Of each hour whose samples have gone: its first sample, its last, and how much a counter grew between."""
        with explained(self.place):
            rows = self._database.execute(HOUR_ROWS, (series, start, end)).fetchall()
        return [row for row in rows if row[2] > start and None not in row]


def counts_of(store: Store) -> Counts:
    """Counts over a history. Raises StorageError for one that cannot be counted in."""
    if not isinstance(store, SqliteStore):
        raise StorageError(f"the samples of {store.place} cannot be counted", "use `storage: sqlite`")
    return Counts(store._database, store.place)


def _sql(op: str) -> str:
    return "=" if op == "==" else op


def _counted(rows: Iterable[tuple[int, int, int | None]]) -> Iterator[tuple[int, int, int, int]]:
    for number, place, both in rows:
        if both is not None:
            yield number, place, both // HIGH, both % HIGH
