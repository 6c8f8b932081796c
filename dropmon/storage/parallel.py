"""A long question, put to SQLite by several threads at once: it lets go of Python's lock while it reads."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MANY = 5_000  # parts of a question from which on a thread is worth its connection
MOST = 4  # threads


def asked(place: str, query: str, ids: Sequence[int], *more: Any) -> Iterator[tuple[Any, ...]]:
    """The rows for these series, whose numbers are the first parameter, as a JSON array; each series' rows in order.

    What is written meanwhile may be in some series and not yet in others. Raises what SQLite raises.
    """
    from concurrent.futures import ThreadPoolExecutor

    threads = min(os.cpu_count() or 1, MOST)
    with ThreadPoolExecutor(threads) as pool:
        for rows in pool.map(
            lambda part: answered(place, query, part, *more), (ids[n::threads] for n in range(threads))
        ):
            yield from rows


def answered(place: str, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """The rows, over a connection of their own."""
    import sqlite3
    from contextlib import closing

    ids, *more = parameters
    with closing(sqlite3.connect(place, timeout=5.0)) as database:
        return database.execute(query, (json.dumps(ids), *more)).fetchall()
