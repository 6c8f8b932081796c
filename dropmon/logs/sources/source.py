"""What every source of log lines has in common: its keys in the rules, how it is asked once and how it is followed."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from pydantic import Field

from dropmon.errors import TransportError
from dropmon.rules.types import Duration, Section

if TYPE_CHECKING:
    from dropmon.logs.query import Query
    from dropmon.logs.window import Window

OVERLAP = 60.0  # seconds that each round of a follow asks again: rows arrive late, and not in their order
HOUR = 3600.0  # seconds of the past, unless somebody says how much
LATE = 600.0  # seconds that a round goes back at the most
PATIENCE = 60.0  # seconds between two rounds at the most, while the platform cannot be reached


class Span(NamedTuple):
    """From `since` until before `until`, in seconds since 1970."""

    since: float
    until: float

    def steps(self, length: float) -> Iterator[Span]:
        """The same in pieces of at most `length` seconds.

        >>> [tuple(step) for step in Span(0, 25).steps(10)]
        [(0, 10), (10, 20), (20, 25)]
        """
        since = self.since
        while since < self.until:
            until = min(since + length, self.until)
            yield Span(since, until)
            since = until


class Row(NamedTuple):
    """One row of a platform: when (seconds since 1970), what it is called there, and its line, one JSON document."""

    at: float
    key: str
    line: bytes


class Seen:
    """The names of the rows of the last minutes: asked again, they are not told again."""

    def __init__(self) -> None:
        self.newest = 0.0  # seconds since 1970
        self._keys: dict[str, float] = {}

    def new(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Those that were not there before."""
        for row in rows:
            if row.key not in self._keys:
                self._keys[row.key] = row.at
                self.newest = max(self.newest, row.at)
                self._forget(self.newest - 2 * OVERLAP)
                yield row

    def _forget(self, before: float) -> None:
        while self._keys and self._keys[first := next(iter(self._keys))] < before:
            del self._keys[first]


class PassingError(TransportError):
    """The platform cannot be asked now: it may be later."""


Clock = Callable[[], float]  # seconds since 1970
Say = Callable[[str], None]  # tells a person what takes so long


def silent(_: str) -> None:
    """For whoever does not want to hear it."""


class Source(Section):
    """What every source has in common."""

    timeout: Duration = Field(60.0, description="Of one request.")

    def asks(self) -> str:
        """What is asked of whom, in one line."""
        raise NotImplementedError

    def told(self, span: Span, want: Query, clock: Clock, say: Say) -> Iterator[Row]:
        """The rows of a span, in time order, that may be wanted: all that are, and some that are not.

        A row may come twice. Raises TransportError; PassingError when it may work later.
        """
        raise NotImplementedError

    def asker(self, want: Query, clock: Clock, say: Say) -> Callable[[Span], Iterator[Row]]:
        """`told` for all the spans of one run: what was learnt of the platform for one holds for the next."""
        return lambda span: self.told(span, want, clock, say)

    def rows(self, window: Window, want: Query, clock: Clock, say: Say = silent) -> Iterator[bytes]:
        """The lines of a window, in time order, each row once. Raises TransportError.

        Where it is open it ends now, and begins an hour before its end.
        """
        until = clock() if window.until is None else window.until
        since = until - HOUR if window.since is None else window.since
        for row in Seen().new(self.asker(want, clock, say)(Span(since, until))):
            yield row.line

    def follow(
        self, since: float, want: Query, clock: Clock, every: float = 5.0, say: Say = silent
    ) -> Generator[bytes | None, None, None]:
        """The lines from a time on, for ever; None whenever there is nothing new for the next `every` seconds.

        Raises TransportError for what will not pass.
        """
        seen, pause, told = Seen(), every, self.asker(want, clock, say)
        while True:
            now = clock()
            again = max(seen.newest - OVERLAP, now - LATE)
            span = Span(max(again, since) if seen.newest else since, now + OVERLAP)
            try:
                for row in seen.new(told(span)):
                    yield row.line
                pause = every
            except PassingError as error:
                pause = min(pause * 2, max(PATIENCE, every))
                say(f"{error.what}; asking again in {pause:g} s")
            yield None
            time.sleep(pause)
