"""How long things took, as counts of equal durations: exact as long as they are few, then within 1 %.

The bins are those of DDSketch's logarithmic mapping (Masson, Rim, Lee: DDSketch, VLDB 2019, §2.1). Whether there are bins
depends on the durations alone and not on their order, nor on who counted which of them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

MOST = 4096  # different durations that are kept exactly
ACCURACY = 0.01
_GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
_LOG = math.log(_GAMMA)
LEAST = 1e-9  # seconds: what is shorter is none

Durations = Counter[float]
"""How often each duration, in seconds; once there were too many, how often the middle of each bin."""


def binned(duration: float) -> float:
    """The middle of a duration's bin, within 1 % of it. Middles stay where they are.

    >>> round(binned(0.812), 4), binned(binned(0.812)) == binned(0.812), binned(0.0)
    (0.8096, True, 0.0)
    """
    return 2 * _GAMMA ** math.ceil(round(math.log(duration) / _LOG, 6)) / (_GAMMA + 1) if duration > LEAST else 0.0


def settled(counts: Durations, most: int = MOST) -> Durations:
    """The same durations, in bins if they are too many.

    >>> settled(Counter({1.0: 2, 1.001: 1}), most=1) == Counter({binned(1.0): 3})
    True
    """
    if len(counts) <= most:
        return counts
    bins: Durations = Counter()
    for duration, count in counts.items():
        bins[binned(duration)] += count
    return bins


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
