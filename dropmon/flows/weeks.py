"""What one period came to beside those before it, of which only those count that were measured. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median_low
from typing import NamedTuple

from dropmon.flows.tallied import Key, Probed
from dropmon.reports.comparison import Amount, mean

ENOUGH = 0.9  # of the hours: of a period that was watched for fewer, counts are of some of its time only
HOUR = 3600.0  # seconds
RAREST = 24  # hours between two probes: those that are further apart watch nothing between them
Mean = tuple[float | None, int]  # and of how many samples


class Week(NamedTuple):
    """What one period came to. None: nobody watched."""

    probed: Mapping[Key, Probed]
    all: Probed
    errors: Mapping[str, Mean]
    incidents: float | None
    deployments: float | None
    watched: float = 1.0  # share of its time
    counts: bool = True  # whether what was counted in it is compared with


def compared(weeks: Sequence[Week]) -> list[Week]:
    """This one and those before; where checks are probed, the counts of one that was hardly watched are not known.

    >>> week = Week({}, Probed(100, 99), {"log_entries": (7.0, 9)}, 2.0, 1.0)
    >>> [each.incidents for each in compared([week, week._replace(watched=0.9), week._replace(watched=0.1)])]
    [2.0, 2.0, None]
    """
    now, *past = weeks
    return [now, *(each if each.watched >= ENOUGH or not now.all.probes else uncounted(each) for each in past)]


def share(hours: Sequence[float], length: float) -> float:
    """For which share of so many seconds somebody watched, by the hours in which anything was probed.

    Whatever the checks and their intervals were then: today's rules know nothing of it. Where probes come less often
    than hourly, each stands for as long as it usually took until the next.

    >>> share([0.0, 3600.0, 7200.0], 14400.0), share([0.0, 21600.0], 43200.0), share([0.0], 43200.0 * 2)
    (0.75, 1.0, 0.041666666666666664)
    """
    usual = median_low(after - before for before, after in pairwise(hours)) if len(hours) > 1 else HOUR
    return min(1.0, len(hours) * min(usual, RAREST * HOUR) / length)


def uncounted(week: Week) -> Week:
    """One of which only shares and durations are known."""
    return week._replace(errors={}, incidents=None, deployments=None, counts=False)


def counts(found: Sequence[float | None]) -> tuple[Amount, Amount, Amount]:
    """The count of this period, of the one before, and the mean of the four before."""
    return Amount(found[0]), Amount(found[1]), mean(found[1:])
