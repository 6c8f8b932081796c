"""How long things took, as counts of equal durations: exact as long as they are few, then within 1 %.

The bins are those of DDSketch's logarithmic mapping (Masson, Rim, Lee: DDSketch, VLDB 2019, §2.1). Whether there are
bins depends on the durations alone and not on their order, nor on who counted which of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

MOST = 4096  # different durations that are kept exactly
ACCURACY = 0.01
_GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
_LOG = math.log(_GAMMA)
LEAST = 1e-9  # seconds: what is shorter is none


def binned(duration: float) -> float:
    """The middle of a duration's bin, within 1 % of it. Middles stay where they are.

    >>> round(binned(0.812), 4), binned(binned(0.812)) == binned(0.812), binned(0.0)
    (0.8105, True, 0.0)
    """
    return 2 * _GAMMA ** math.ceil(round(math.log(duration) / _LOG, 6)) / (_GAMMA + 1) if duration > LEAST else 0.0


class Durations(NamedTuple):
    """How often each duration, in seconds; once there were too many, how often the middle of each bin."""

    counts: Counter[float]
    coarse: bool = False

    def and_(self, other: Durations, most: int = MOST) -> Durations:
        """Both together, in bins if they are too many.

        >>> both = Durations(Counter({1.01: 2})).and_(Durations(Counter({1.011: 1})), most=1)
        >>> both == Durations(Counter({binned(1.01): 3}), coarse=True)
        True
        """
        counts: Counter[float] = Counter()
        for each in (self, other):
            for duration, count in each.counts.items():
                counts[duration] += count
        if not (self.coarse or other.coarse or len(counts) > most):
            return Durations(counts)
        bins: Counter[float] = Counter()
        for duration, count in counts.items():
            bins[binned(duration)] += count
        return Durations(bins, coarse=True)

    def quantile(self, share: float) -> float | None:
        """The value for a share (0 to 1) of them: see `quantile`."""
        return quantile(self.counts, share)


def quantile(counts: Mapping[float, int], share: float) -> float | None:
    """The least duration that at least this share of them do not exceed (nearest rank); None when there is none.

    >>> quantile(Counter([0.1, 0.2, 0.3, 0.4]), 0.5), quantile(Counter([0.1, 0.2]), 0.95), quantile({}, 0.5)
    (0.2, 0.2, None)
    """
    rank = math.ceil(share * sum(counts.values()))
    for duration in sorted(counts):
        rank -= counts[duration]
        if rank <= 0:
            return duration
    return None
