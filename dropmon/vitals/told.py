"""What a service tells of a page's vitals, whoever it is: a p75 and the shares beneath it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from math import isfinite
from typing import Any, NamedTuple

from dropmon.vitals.vital import Rating

NEARLY = 0.01  # by which shares that are rounded may miss 1


class Told(NamedTuple):
    """One vital: its p75 in seconds (CLS: a ratio), and what share of visits had which rating."""

    vital: str
    p75: float
    shares: Mapping[Rating, float] = {}


def figure(value: object, scale: float = 1.0) -> float | None:
    """A number, or the text of one, times `scale`; None for what is none.

    >>> figure("0.04"), figure(2198, 0.001), figure("x"), figure(True), figure(-1)
    (0.04, 2.198, None, None, None)
    """
    try:
        found = float(value) * scale if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None
    return round(found, 9) if found is not None and isfinite(found) and found >= 0 else None


def told(vital: str, p75: object, scale: float, shares: Sequence[object]) -> Iterator[Told]:
    """What was told of a vital, if it was; shares that are not those of all visits are none.

    >>> next(told("lcp", 2.1, 1, [0.8, 0.15, 0.05])).shares["good"], next(told("lcp", 2.1, 1, [0, 0, 0])).shares
    (0.8, {})
    """
    found = figure(p75, scale)
    if found is not None:
        kept = {each: part for each, text in zip_longest(Rating, shares[:3]) if (part := figure(text)) is not None}
        yield Told(vital, found, kept if len(kept) == len(Rating) and abs(sum(kept.values()) - 1) < NEARLY else {})


def under(found: Any, *path: str) -> Any:
    """What stands at a path of an answer; None where the answer is another.

    >>> under({"a": {"b": 1}}, "a", "b"), under({"a": [1]}, "a", "b")
    (1, None)
    """
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def parts(found: Any, key: str) -> list[object]:
    """One number of each bin of a histogram; what has another number of bins than three says nothing.

    >>> parts([{"density": 0.8}, {"density": 0.1}, {}], "density"), parts(None, "density")
    ([0.8, 0.1, 0], [])
    """
    bins = found if isinstance(found, list) and len(found) == len(Rating) else []
    return [each.get(key, 0) if isinstance(each, Mapping) else None for each in bins]
