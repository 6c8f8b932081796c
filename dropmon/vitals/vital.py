"""The web vitals: their names, limits and units, and how good a number is.

Source of limits and rules: https://web.dev/articles/vitals, and `*Thresholds` of https://github.com/GoogleChrome/web-vitals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from fractions import Fraction
from math import ceil
from types import MappingProxyType
from typing import NamedTuple

from dropmon.model import Status

METRIC = "web_vital"  # {name, source, form_factor, quantile="0.75"}: seconds, or for CLS a ratio
COUNT = "web_vital_samples"  # how many visits or runs that number is of
SHARE = "web_vital_share"  # {rating}: the share of visits that were good, needed improvement, were poor

Limits = tuple[float, float]  # good up to the first, poor beyond the second


class Vital(NamedTuple):
    """One of them. Limits in seconds; those of a ratio as they are."""

    name: str
    title: str
    limits: Limits
    unit: str = "seconds"
    core: bool = False  # a page passes when all of these are good

    @property
    def label(self) -> str:
        """What people call it."""
        return self.name if self.name == "load" else self.name.upper()


# INP has replaced FID, which nobody measures any more, on 12 March 2024. `load` is the guide's own.
VITALS: Mapping[str, Vital] = MappingProxyType({
    each.name: each
    for each in (
        Vital("lcp", "largest contentful paint", (2.5, 4.0), core=True),
        Vital("inp", "interaction to next paint", (0.2, 0.5), core=True),
        Vital("cls", "cumulative layout shift", (0.1, 0.25), "ratio", core=True),
        Vital("ttfb", "time to first byte", (0.8, 1.8)),
        Vital("fcp", "first contentful paint", (1.8, 3.0)),
        Vital("load", "page load", (3.0, 3.0)),
    )
})  # fmt: skip
CORE = tuple(name for name, vital in VITALS.items() if vital.core)
# How often each source tells them unless the rules say otherwise, in seconds: its samples stand for 2.5 times as long.
EVERY: Mapping[str, float] = MappingProxyType({
    "beacons": 900.0, "crux": 21600.0, "lab": 3600.0, "lighthouse": 21600.0, "pagespeed": 21600.0,
})  # fmt: skip


class Rating(StrEnum):
    """How good a number is, in Google's own words."""

    GOOD = "good"
    NEEDS_IMPROVEMENT = "needs improvement"
    POOR = "poor"

    @property
    def status(self) -> Status:
        return {"good": Status.OK, "poor": Status.CRITICAL}.get(self.value, Status.WARNING)


def rating(value: float, limits: Limits) -> Rating:
    """How good a number is; one that is on the boundary belongs to the better side.

    >>> [rating(seconds, VITALS["lcp"].limits).value for seconds in (2.5, 2.501, 4.0, 4.001)]
    ['good', 'needs improvement', 'needs improvement', 'poor']
    """
    if value <= limits[0]:
        return Rating.GOOD
    return Rating.NEEDS_IMPROVEMENT if value <= limits[1] else Rating.POOR


def nearest_rank(values: Sequence[float], share: Fraction = Fraction(3, 4)) -> float:
    """The least value that so large a share of all are not above: a visit that was, never a mean of two.

    75 visits of 2.5 s and 25 of 5 s are good: three quarters of them were. PostgreSQL's percentile_disc does the same.
    Raises ValueError when there is no value.

    >>> nearest_rank([2.5] * 75 + [5.0] * 25), nearest_rank([3.0, 1.0, 2.0])
    (2.5, 3.0)
    """
    if not values:
        raise ValueError("there is no rank among no values")
    return sorted(values)[ceil(share * len(values)) - 1]
