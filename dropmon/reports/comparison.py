"""Numbers of a period beside those of others. Pure. Nothing is invented: what cannot be compared says why."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from math import inf, isfinite
from typing import NamedTuple

SEVERAL = 2  # periods: the mean of fewer is that of none
FEW = 20  # samples: fewer say nothing of a difference


class Unit(StrEnum):
    """What a number counts."""

    RATIO = "ratio"
    SECONDS = "seconds"
    COUNT = "count"
    SCORE = "score"
    BYTES = "bytes"


class Amount(NamedTuple):
    """A number, and how many samples it was made of; None for a count, which is exact."""

    value: float | None = None
    samples: int | None = None


class Change(NamedTuple):
    """By how much something changed; without `absolute` the word says why that is not known."""

    absolute: float | None = None
    relative: float | None = None  # of a share, it is in `absolute` alone: percentage points
    word: str = ""  # new, missing, few, same


def change(now: Amount, then: Amount, unit: Unit) -> Change:
    """What changed since then.

    >>> change(Amount(0.999, 100), Amount(0.99, 100), Unit.RATIO).relative is None
    True
    >>> change(Amount(3.0), Amount(2.0), Unit.COUNT)
    Change(absolute=1.0, relative=0.5, word='')
    >>> [change(Amount(a), Amount(b), Unit.COUNT).word for a, b in ((3, 0), (3, None), (0, 0), (None, 3))]
    ['new', 'missing', 'same', 'missing']
    >>> change(Amount(0.5, 19), Amount(0.5, 100), Unit.SECONDS).word
    'few'
    """
    if now.value is None or then.value is None:
        return Change(word="missing")
    if any(each.samples is not None and each.samples < FEW for each in (now, then)):
        return Change(word="few")
    absolute = now.value - then.value
    if absolute == 0:
        return Change(0.0, None if unit is Unit.RATIO else 0.0, "same")
    if unit in {Unit.RATIO, Unit.SCORE}:
        return Change(absolute)
    relative = absolute / then.value if then.value else inf
    return Change(absolute, relative) if isfinite(relative) else Change(absolute, None, "new")


def mean(counts: Iterable[float | None]) -> Amount:
    """A period's count, as the mean of several; of those that nobody watched nothing is known, and one is no mean.

    >>> mean([2.0, None, 4.0]), mean([None, 2.0])
    (Amount(value=3.0, samples=None), Amount(value=None, samples=None))
    """
    known = [each for each in counts if each is not None]
    return Amount(sum(known) / len(known)) if len(known) >= SEVERAL else Amount()
