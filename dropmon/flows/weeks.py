"""What one period came to beside those before it, of which only those count that were measured. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dropmon.flows.tallied import Key, Probed
from dropmon.reports.comparison import Amount, mean

ENOUGH = 0.9  # of the probes that should have been: of a period with fewer, counts are of some of its time only
Mean = tuple[float | None, int]  # and of how many samples


class Week(NamedTuple):
    """What one period came to. None: nobody watched."""

    probed: Mapping[Key, Probed]
    all: Probed
    errors: Mapping[str, Mean]
    incidents: float | None
    deployments: float | None
    coverage: float = 1.0  # share of the probes that should have been
    counts: bool = True  # whether what was counted in it is compared with


def compared(weeks: Sequence[Week]) -> list[Week]:
    """This one and those before; where checks are probed, the counts of one that was hardly measured are not known.

    >>> week = Week({}, Probed(100, 99), {"log_entries": (7.0, 9)}, 2.0, 1.0)
    >>> [each.incidents for each in compared([week, week._replace(coverage=0.9), week._replace(coverage=0.1)])]
    [2.0, 2.0, None]
    """
    now, *past = weeks
    return [now, *(each if each.coverage >= ENOUGH or not now.all.probes else uncounted(each) for each in past)]


def uncounted(week: Week) -> Week:
    """One of which only shares and durations are known."""
    return week._replace(errors={}, incidents=None, deployments=None, counts=False)


def counts(found: Sequence[float | None]) -> tuple[Amount, Amount, Amount]:
    """The count of this period, of the one before, and the mean of the four before."""
    return Amount(found[0]), Amount(found[1]), mean(found[1:])
