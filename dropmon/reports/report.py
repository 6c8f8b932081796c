"""What is known of a period: numbers with those of others, and what stands behind them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from dropmon.reports.comparison import Amount, Change, Unit, change
from dropmon.reports.period import Period

SMALL = {Unit.RATIO: 0.00005, Unit.SCORE: 0.005}  # what is shown as no change is none
HARDLY = 0.01  # of what it was: noise


class Figure(NamedTuple):
    """One number of the period, with that of the one before, and of the four before."""

    key: str
    unit: Unit
    now: Amount = Amount()
    before: Amount = Amount()
    base: Amount = Amount()
    better: int = 0  # 1: more is better; -1: less is
    method: str = ""  # how it was counted: a key of the words
    about: Mapping[str, object] = MappingProxyType({})  # what the method's words name

    @property
    def since(self) -> Change:
        """Since the period before."""
        return change(self.now, self.before, self.unit)

    @property
    def against(self) -> Change:
        """Against the four before."""
        return change(self.now, self.base, self.unit)

    def verdict(self, found: Change) -> str:
        """better, worse, or '' when it is neither."""
        least = abs(found.absolute or 0) * HARDLY / abs(found.relative) if found.relative else SMALL.get(self.unit, 0.0)
        if not self.better or not found.absolute or abs(found.absolute) < least:
            return ""
        good = (found.absolute > 0) == (self.better > 0)
        return ("" if self.about.get("from_before") else "better") if good else "worse"


class Day(NamedTuple):
    """How one day was."""

    day: date
    uptime: float | None
    probes: int


class Check(NamedTuple):
    """What the probes of one service came to. Durations in seconds."""

    name: str
    kind: str
    probes: int
    failed: int
    mean: float | None
    p95: float | None
    before: float | None  # its p95 in the period before
    coverage: float  # share of the probes that should have been
    since: Change = Change()

    @property
    def uptime(self) -> float | None:
        return 1 - self.failed / self.probes if self.probes else None


class Trouble(NamedTuple):
    """An incident of the period. Times in seconds since 1970, durations in seconds."""

    number: int
    level: str
    title: str
    opened: float
    acknowledged_in: float | None
    resolved_in: float | None
    open: bool = False
    earlier: bool = False  # it was opened before the period


class Level(NamedTuple):
    """The incidents of one level; None where there is nothing to measure."""

    level: str
    incidents: int
    acknowledge: float | None  # mean, in seconds
    resolve: float | None
    before: float | None = None  # how many there were in the period before; None when nobody watched


class Deployment(NamedTuple):
    """What was deployed, and how many incidents began within the hour after it went live."""

    at: float
    title: str
    state: str
    incidents: int


class Base(NamedTuple):
    """The health of one database. Sizes in bytes."""

    name: str
    size: float | None
    growth: float | None  # bytes in the period
    connections: float | None  # the most that were used, as a share of the maximum
    cache: float | None  # share of blocks found in memory
    deadlocks: float | None


class Duty(NamedTuple):
    """What somebody carried."""

    person: str
    primary: float  # hours
    backup: float
    alerts: int  # that began to fire on their watch
    nights: int  # of these, between 22:00 and 07:00


class Promise(NamedTuple):
    """An SLO at the end of the period."""

    name: str
    target: str
    sli: float | None
    status: str
    consumed: float | None  # share of the budget; more than 1 is too much
    minutes: float | None  # of the budget that are left; negative when it is overdrawn
    reason: str = ""
    coverage: float = 0.0  # share of the time that was measured
    good: float = 0.0  # events
    bad: float = 0.0
    total: float = 0.0

    @property
    def of_bad(self) -> bool:
        """Whether its target is the share that may be bad."""
        return self.target.startswith("<")


class Lack(NamedTuple):
    """What is not in a report."""

    kind: str  # check, source, metric: nothing was heard of it; failed: it could not be read
    name: str
    why: str = ""
    since: float | None = None  # when it was heard last, in seconds since 1970


class Report(NamedTuple):
    """All of it."""

    period: Period
    made: float  # seconds since 1970
    platform: str
    figures: tuple[Figure, ...]
    days: tuple[Day, ...] = ()
    checks: tuple[Check, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    levels: tuple[Level, ...] = ()
    disturbed: float | None = None  # seconds in which an incident was open
    deployments: tuple[Deployment, ...] | None = None  # None: nobody tells of them
    promises: tuple[Promise, ...] | None = None
    databases: tuple[Base, ...] = ()
    duties: tuple[Duty, ...] = ()
    pages: int | None = None  # messages to whoever was on call
    coverage: float | None = None
    missing: tuple[Lack, ...] = ()
    facts: Mapping[str, Any] = MappingProxyType({})
    after: int = 0  # incidents that began within the hour after some deployment that went live, each once

    @property
    def known(self) -> bool:
        """Whether anything was measured at all; that no deployment was heard of says nothing."""
        told = (each for each in self.figures if each.now.value or each.key != "deployments")
        promised = any(each.status != "NO_DATA" for each in self.promises or ())
        return promised or any(each.now.value is not None for each in told)

    @property
    def from_before(self) -> int:
        """Incidents from before that were open in the period."""
        return self._incidents("from_before")

    @property
    def still_open(self) -> int:
        """Those of them that were open at the end."""
        return self._incidents("still_open")

    def _incidents(self, which: str) -> int:
        found = self.figure("incidents").about.get(which, 0)
        return found if isinstance(found, int) else 0

    def figure(self, key: str) -> Figure:
        return next(each for each in self.figures if each.key == key)
