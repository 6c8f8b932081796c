"""How a promise stands at a moment: what was good, what is left of the budget, how fast it goes. Exact. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from dropmon.model import Status
from dropmon.slo import burn
from dropmon.slo.burn import Threshold
from dropmon.slo.promise import Promise
from dropmon.slo.tally import Tally, together
from dropmon.slo.window import DAY, Span, midnights

DAYS = 30  # of the line
NEARLY = Fraction(8, 10)  # of the budget: what is consumed beyond this is a risk


class State(Enum):
    """What is said of a promise, with how bad it is."""

    HEALTHY = Status.OK
    AT_RISK = Status.WARNING
    BREACHED = Status.CRITICAL
    NO_DATA = Status.UNKNOWN


class Day(NamedTuple):
    """A day of the line, by the clock on the wall."""

    start: float
    tally: Tally


class Standing(NamedTuple):
    """One promise at one moment. Shares are exact; times are seconds."""

    promise: Promise
    at: float
    span: Span  # what has gone by of the window
    whole: Span
    tally: Tally
    burns: Mapping[str, Fraction | None]
    days: Sequence[Day]
    state: State
    consumed: Fraction | None  # of the budget; more than 1 when it is overdrawn
    burning: Sequence[Threshold] = ()
    left_out: Sequence[tuple[str, float]] = ()  # reasons, and the seconds for which each holds
    left_in: Sequence[str] = ()  # reasons of what should be left out, and cannot be told from the rest
    since: float | None = None  # when what can be counted begins, where that is later than the window

    @property
    def sli(self) -> Fraction | None:
        """The share that was good; None where too little is known to say so."""
        return None if self.state is State.NO_DATA else self.tally.sli

    @property
    def remaining(self) -> Fraction | None:
        """The share of the budget that is left; below 0 when it is overdrawn."""
        return None if self.consumed is None else 1 - self.consumed

    @property
    def allowed(self) -> Fraction:
        """The whole budget, as events that may be bad."""
        return expected(self.promise, self.tally, self.whole, self.at) * self.promise.target.budget

    @property
    def minutes(self) -> Fraction:
        """The whole budget, as minutes of the window in which everything may be bad."""
        return self.promise.target.budget * Fraction(self.whole.length) / 60

    @property
    def exhausted_in(self) -> float | None:
        """Seconds until the budget is gone at the present pace; 0 when it is, None when it is not before it is new."""
        left = self.remaining
        found = None if left is None else burn.exhausted_in(self.burns, self.whole.length, left)
        if not found:
            return found
        if self.promise.window.calendar is not None:
            return found if found <= self.whole.end - self.at else None
        return found if burn.fastest_pace(self.burns) > 1 and found <= self.whole.length else None


def edges(promise: Promise, at: float) -> list[int]:
    """Where parts of the time begin and end, in milliseconds: the window, the windows of burn rates, days."""
    start = promise.window.until(at).start
    days = line(promise, at)
    found = {start, at, days[0], *days, *midnights(start, at, promise.window.zone)}
    found |= {at - length for length in burn.WINDOWS.values()}
    return sorted({round(1000 * each) for each in found})


def line(promise: Promise, at: float) -> list[float]:
    """The beginnings of the last thirty days, today being the last."""
    zone = promise.window.zone
    return [*midnights(at - (DAYS + 2) * DAY, at, zone)][-DAYS:]


def standing(
    promise: Promise,
    at: float,
    cuts: Sequence[int],
    tallies: Sequence[Tally],
    left_out: Sequence[tuple[str, float]] = (),
    known: float | None = None,
) -> Standing:
    """How a promise stands, from the tallies of the parts between these edges (ms)."""
    parts = list(zip(cuts, tallies, strict=False))

    def since(start: float, end: float = at) -> Tally:
        first, last = round(start * 1000), round(end * 1000)
        return together(tally for edge, tally in parts if first <= edge < last)

    span, whole = promise.window.until(at), promise.window.whole(at)
    tally = since(span.start)
    burns = {name: rate(promise, since(at - length)) for name, length in burn.WINDOWS.items()}
    begins = line(promise, at)
    days = [Day(start, since(start, end)) for start, end in zip(begins, [*begins[1:], at], strict=True)]
    used = consumed(promise, tally, whole, at)
    hot = burn.burning(burns, promise.window.nominal)
    state = judged(promise, tally, used, bool(hot))
    return Standing(promise, at, span, whole, tally, burns, days, state, used, hot, left_out, since=known)


def rate(promise: Promise, tally: Tally) -> Fraction | None:
    """The burn rate of some events: 1 uses up the budget exactly in the window; None of no events."""
    return tally.bad / tally.total / promise.target.budget if tally.total else None


def consumed(promise: Promise, tally: Tally, whole: Span, at: float) -> Fraction | None:
    """The share of the budget that is gone; None where too little is known."""
    if not tally.total or tally.total < promise.min_events:
        return None
    return tally.bad / (expected(promise, tally, whole, at) * promise.target.budget)


def expected(promise: Promise, tally: Tally, whole: Span, at: float) -> Fraction:
    """How many events the window will have had: the budget is a share of them.

    Of a calendar window that is not over, slices that were counted and those still to come, as nobody knows of the
    others whether they were good; events as many as there will be at the pace so far.
    """
    if promise.window.calendar is None:
        return tally.total
    if promise.slices:
        return tally.total + (Fraction(whole.end) - Fraction(at)) / Fraction(promise.slices.length)
    return tally.total * Fraction(whole.length) / (Fraction(at) - Fraction(whole.start))


def judged(promise: Promise, tally: Tally, used: Fraction | None, hot: bool) -> State:
    """In which state a promise is."""
    sli = tally.sli
    if used is None or sli is None:
        return State.NO_DATA
    if used > 1 or (used == 1 and promise.target.strict):
        return State.BREACHED
    if hot or used >= NEARLY or not promise.target.met(sli):
        return State.AT_RISK
    return State.HEALTHY
