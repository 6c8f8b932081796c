"""Writing samples: few one by one, many by the hundred, which takes SQLite less than half as long for each."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from dropmon.storage.queries import KEEP_SAMPLE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

FEW = 1_000  # samples for which the longer statement is not worth being compiled
AT_ONCE = 100
KEEP_SAMPLES = KEEP_SAMPLE + ", (?, ?, ?)" * (AT_ONCE - 1)


def keep(database: sqlite3.Connection, samples: Iterable[tuple[int, int, float]]) -> int:
    """Writes samples (series, milliseconds, value) in their order, and says how many. Raises sqlite3.Error."""
    rest = iter(samples)
    kept: int = database.executemany(KEEP_SAMPLE, islice(rest, FEW)).rowcount
    while kept >= FEW and (some := [*islice(rest, AT_ONCE)]):
        if len(some) == AT_ONCE:
            database.execute(KEEP_SAMPLES, [*chain.from_iterable(some)])
        else:
            database.executemany(KEEP_SAMPLE, some)
        kept += len(some)
    return kept
