"""What stays of one series' hour when its samples have gone.

Hours are added in the order of time (`then`), and it does not matter where the samples of an hour were cut apart:
summarising the parts and adding them gives what summarising the whole gives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING

from dropmon.history import sketch

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Hour:
    """The numbers of one series in one hour. NaN is no number: it is counted nowhere."""

    count: int  # at least 1
    sum: float
    min: float
    max: float
    first: float
    last: float
    first_ms: int  # when the first was measured, milliseconds since 1970
    last_ms: int
    increase: float  # of a counter, from first to last, over its resets
    sketch: bytes  # see dropmon.history.sketch

    def then(self, later: Hour) -> Hour:
        """This hour and a later part of it, as one."""
        return Hour(
            count=self.count + later.count,
            sum=self.sum + later.sum,
            min=min(self.min, later.min),
            max=max(self.max, later.max),
            first=self.first,
            last=later.last,
            first_ms=self.first_ms,
            last_ms=later.last_ms,
            increase=self.increase + step(self.last, later.first) + later.increase,
            sketch=sketch.pack(sketch.unpack(self.sketch) + sketch.unpack(later.sketch)),
        )


def step(before: float, after: float) -> float:
    """How much a counter grew between two samples; one that fell was reset to zero (Prometheus' rule).

    >>> step(5, 8), step(5, 2)
    (3, 2)
    """
    return after - before if after >= before else after


def summarise(samples: Sequence[tuple[int, float]]) -> Hour | None:
    """The hour of samples (milliseconds, value) in the order of time; None when none of them is a number.

    >>> hour = summarise([(0, 7.0), (60_000, 9.0), (120_000, 1.0)])
    >>> hour.count, hour.sum, hour.increase
    (3, 17.0, 3.0)
    """
    numbers = [(time, value) for time, value in samples if not math.isnan(value)]
    if not numbers:
        return None
    values = [value for _, value in numbers]
    return Hour(
        count=len(values),
        sum=sum(values),
        min=min(values),
        max=max(values),
        first=values[0],
        last=values[-1],
        first_ms=numbers[0][0],
        last_ms=numbers[-1][0],
        increase=sum(step(before, after) for before, after in pairwise(values)),
        sketch=sketch.pack(sketch.bins(values)),
    )


def extended(kept: Hour | None, samples: Sequence[tuple[int, float]]) -> Hour | None:
    """The hour kept so far, with samples that came late.

    What is not newer than the last sample of the hour nor older than its first has been counted already or cannot
    be told from it, and is left out: importing the same file twice changes nothing.
    """
    if kept is None:
        return summarise(samples)
    before = summarise([sample for sample in samples if sample[0] < kept.first_ms])
    after = summarise([sample for sample in samples if sample[0] > kept.last_ms])
    return reduce(Hour.then, [part for part in (before, kept, after) if part])
