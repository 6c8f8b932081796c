"""How fast an error budget goes, and from where on somebody must hear of it. Pure.

A burn rate of 1 uses up the budget exactly in the window. Sources: the multi-window, multi-burn-rate alerts of Google's
SRE workbook (chapter 5) and, for windows shorter than four weeks, the seven-day table of sloth.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from dropmon.slo.target import Target

WINDOWS = {"5m": 300, "30m": 1800, "1h": 3600, "2h": 7200, "6h": 21600, "1d": 86400, "3d": 259200}
FOUR_WEEKS = 28 * 86400
LEAST = Fraction(9, 10)  # a slower burn than this does no harm: sloth's own slowest is 0.9333
Burns = Mapping[str, Fraction | None]  # by window; None where nothing was measured


class Pair(NamedTuple):
    """Two windows that must both burn: the long one that it matters, the short one that it goes on."""

    severity: str  # page, ticket
    long: str
    short: str
    used: Fraction  # the share of the budget that is gone by then


def _pairs(*percent: str) -> tuple[Pair, ...]:
    windows = ("page", "1h", "5m"), ("page", "6h", "30m"), ("ticket", "1d", "2h"), ("ticket", "3d", "6h")
    return tuple(Pair(*window, Fraction(each) / 100) for window, each in zip(windows, percent, strict=True))


MONTHLY, WEEKLY = _pairs("2", "5", "10", "10"), _pairs("8", "12.5", "20", "42")


class Threshold(NamedTuple):
    """From what burn rate on a pair of windows means something."""

    pair: Pair
    factor: Fraction


def thresholds(window: float) -> list[Threshold]:
    """The pairs for a window of so many seconds, scaled to it; those that mean nothing in it are left out.

    >>> [float(each.factor) for each in thresholds(30 * 86400)], [float(each.factor) for each in thresholds(7 * 86400)]
    ([14.4, 6.0, 3.0, 1.0], [13.44, 3.5, 1.4, 0.98])
    """
    pairs = MONTHLY if window >= FOUR_WEEKS else WEEKLY
    found = [Threshold(pair, factor(pair, window)) for pair in pairs]
    return [each for each in found if each.factor >= LEAST and 2 * WINDOWS[each.pair.long] <= window]


def factor(pair: Pair, window: float) -> Fraction:
    """The burn rate that uses its share of the budget of a window (seconds) within the long one.

    >>> factor(MONTHLY[0], 28 * 86400)
    Fraction(336, 25)
    """
    return pair.used * Fraction(window) / WINDOWS[pair.long]


def fastest(target: Target) -> Fraction:
    """The burn rate when everything is bad: there is none above it."""
    return 1 / target.budget


def unreachable(target: Target, window: float) -> list[Threshold]:
    """The thresholds that no outage, however long, can cross.

    >>> from dropmon.slo.target import target
    >>> [each.pair.long for each in unreachable(target("93%"), 30 * 86400)], unreachable(target("95%"), 30 * 86400)
    (['1h'], [])
    """
    return [each for each in thresholds(window) if each.factor >= fastest(target)]


def burning(burns: Burns, window: float) -> list[Threshold]:
    """The pairs of which both windows are above their threshold, the worst first."""
    return [each for each in thresholds(window) if (now := pace(burns, each.pair)) is not None and now > each.factor]


def pace(burns: Burns, pair: Pair) -> Fraction | None:
    """How fast it goes by both windows of a pair: as fast as the slower one says."""
    long, short = burns.get(pair.long), burns.get(pair.short)
    return None if long is None or short is None else min(long, short)


def exhausted_in(burns: Burns, window: float, remaining: Fraction) -> float | None:
    """Seconds until the budget is gone at the pace that any pair of windows confirms; 0 when it is; None for never.

    >>> exhausted_in({"1h": Fraction(15), "5m": Fraction(20)}, 30 * 86400, Fraction(1, 2)) / 86400
    1.0
    """
    if remaining <= 0:
        return 0.0
    most = fastest_pace(burns)
    return float(remaining * Fraction(window) / most) if most else None


def fastest_pace(burns: Burns) -> Fraction:
    """The highest burn rate that both windows of any pair confirm; 0 when none does."""
    return max((found for pair in MONTHLY if (found := pace(burns, pair)) is not None), default=Fraction(0))
