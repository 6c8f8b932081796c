"""The parts of one source, asked side by side: one that fails, or hangs, stops no other."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from math import inf
from typing import NamedTuple

from dropmon.errors import DropmonError
from dropmon.sources.source import Reading, Told

AT_ONCE = 8
MARGIN = 0.05  # seconds between the end of what is asked and of what waits for it


class Part(NamedTuple):
    """One question of several, and as what it is missed when it fails."""

    ask: Callable[[], Iterable[Told]]
    missed: Reading


# Monotonic seconds until which the parts of this thread are waited for
UNTIL: ContextVar[float] = ContextVar("UNTIL", default=inf)
LATE = DropmonError("no answer before the deadline of all sources", "raise --deadline, or `timeout` less")


def together(parts: Sequence[Part]) -> Iterator[Told]:
    """What each part tells, in their order; a part that raises, or hangs until the end, tells why and nothing else.

    The threads are daemons: one that hangs does not hold the process.
    """
    until = UNTIL.get()
    found: list[list[Told] | None] = [None for _ in parts]
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for place in range(len(parts)):
        waiting.put(place)

    def work() -> None:
        UNTIL.set(until - MARGIN)  # parts within parts are over a little earlier
        while not waiting.empty():
            try:
                place = waiting.get_nowait()
            except queue.Empty:
                return
            found[place] = told(parts[place])

    threads = [threading.Thread(target=work, name="dropmon-part", daemon=True) for _ in parts[:AT_ONCE]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(None if until == inf else max(0.0, until - time.monotonic()))
    for part, each in zip(parts, list(found), strict=True):
        yield from [failure(part.missed, LATE)] if each is None else each


def told(part: Part) -> list[Told]:
    """All that a part tells, or the one reading that says why it tells nothing.

    >>> def broken():
    ...     raise DropmonError("it answered 503", "it will be asked again")
    >>> [each.error for each in told(Part(broken, Reading("visits")))]
    ['it answered 503']
    """
    try:
        return list(part.ask())
    except Exception as error:
        return [failure(part.missed, error)]


def failure(missed: Reading, error: Exception) -> Reading:
    """The reading with why there is none; what is no error of ours is a mistake in here."""
    if isinstance(error, DropmonError):
        return missed._replace(error=error.what, hint=error.hint, retry_at=getattr(error, "retry_at", None))
    return missed._replace(error=f"{type(error).__name__}: {error}", hint="probably a bug: report it")
