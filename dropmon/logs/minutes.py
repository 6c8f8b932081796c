"""When it was said, to the minute, for many stamps: each minute, second and fraction is read once, when it is new."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from dropmon.logs.formats import times

MINUTE = 60  # seconds
MOST = 50_000  # minutes, seconds, or fractions of a second, that are remembered
_HEAD = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d", re.ASCII)
_TAIL = re.compile(r"(?:[.,](?:\d{3}|\d{6}|\d{9}))?(?:Z|\+00:00)?", re.ASCII)
_ENDS = frozenset(f":{second:02d}" for second in range(60))


class Span(NamedTuple):
    """From the first to the last time, in seconds since 1970; None where nothing told one."""

    first: float | None = None
    last: float | None = None

    def and_(self, other: Span) -> Span:
        """Both together.

        >>> Span(1.0, 2.0).and_(Span(None, None)).and_(Span(3.0, 3.0))
        Span(first=1.0, last=3.0)
        """
        each = [time for time in (*self, *other) if time is not None]
        return Span(min(each), max(each)) if each else self


def minute_of(time: float) -> int:
    """The minute since 1970 in which a time lies.

    >>> minute_of(1795415402.5)
    29923590
    """
    return int(time // MINUTE)


class Minutes:
    """Reads stamps. Those that are not written in one of the commonest forms are none of its business.

    >>> minutes = Minutes()
    >>> minutes.of("2026-11-23T06:30:02.000Z"), minutes.of(1795415402000), minutes.of("yesterday")
    (29923590, 29923590, None)
    >>> minutes.span()
    Span(first=1795415402.0, last=1795415402.0)
    """

    def __init__(self, whole: Callable[[int], bool] = lambda _: True) -> None:
        """`whole`: whether all of a minute is wanted; of others nothing is read here."""
        self._whole = whole
        self._heads: dict[str, int | None] = {}
        self._seconds: dict[str, int | None] = {}
        self._tails: dict[str, list[str] | None] = {}
        self._forms: dict[str, list[str]] = {}
        self._times: list[float] = []
        self._span = Span()

    def of(self, stamp: str | int) -> int | None:
        """The minute since 1970 of a stamp, which is then part of the span; None: read it in another way."""
        if not isinstance(stamp, str):
            return self._count(stamp)
        try:
            minute, alike = self._seconds[stamp[:19]], self._tails[stamp[19:]]
        except KeyError:
            minute, alike = self._second(stamp[:19]), self._tail(stamp[19:])
        if minute is None or alike is None:
            return None
        alike.append(stamp)
        return minute

    def _count(self, stamp: int) -> int | None:
        time = times.epoch(stamp)
        if time is None or not self._whole(minute := minute_of(time)):
            return None
        self._times.append(time)
        return minute

    def _second(self, second: str) -> int | None:
        head = second[:16]
        minute = self._heads[head] if head in self._heads else self._head(head)
        if len(self._seconds) > MOST:
            self._seconds.clear()
        self._seconds[second] = found = minute if second[16:] in _ENDS else None
        return found

    def _head(self, head: str) -> int | None:
        time = times.iso(f"{head}:00Z") if _HEAD.fullmatch(head) else None
        minute = None if time is None or not self._whole(minute_of(time)) else minute_of(time)
        if len(self._heads) > MOST:
            self._heads.clear()
        self._heads[head] = minute
        return minute

    def _tail(self, tail: str) -> list[str] | None:
        """Where stamps are held that end alike: such can be compared as texts."""
        alike = self._forms.setdefault(f"{len(tail)}{tail[:1]}{tail[-1:]}", []) if _TAIL.fullmatch(tail) else None
        if len(self._tails) > MOST:
            self._tails.clear()
        self._tails[tail] = alike
        return alike

    def settle(self) -> None:
        """Compares the stamps that are held: to be called every few thousand of them."""
        ends = [stamp for alike in self._forms.values() if alike for stamp in (min(alike), max(alike))]
        read = [time for stamp in ends if (time := times.stamp(stamp)) is not None]
        read += [min(self._times), max(self._times)] if self._times else []
        if read:
            self._span = self._span.and_(Span(min(read), max(read)))
        for alike in self._forms.values():
            alike.clear()
        self._times.clear()

    def span(self) -> Span:
        """From the first to the last of all stamps that were read."""
        self.settle()
        return self._span
