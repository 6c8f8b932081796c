"""The vocabulary: what a check found, and the numbers it leaves behind. Standard library only."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


class Status(StrEnum):
    """How bad it is, and the exit code that says so (the monitoring plugins' numbers).

    >>> Status.CRITICAL.exit_code, Status.worst([Status.WARNING, Status.UNKNOWN, Status.OK])
    (2, <Status.UNKNOWN: 'unknown'>)
    >>> Status.worst([])
    <Status.UNKNOWN: 'unknown'>
    """

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"

    @property
    def exit_code(self) -> int:
        return {"ok": 0, "warning": 1, "critical": 2, "unknown": 3}[self.value]

    @property
    def badness(self) -> int:
        """Order of alarm: not knowing is worse than a warning, and an outage worse than both."""
        return {"ok": 0, "warning": 1, "unknown": 2, "critical": 3}[self.value]

    @property
    def symbol(self) -> str:
        """One character that tells the status without colour."""
        return {"ok": "✔", "warning": "▲", "critical": "✖", "unknown": "?"}[self.value]

    @classmethod
    def worst(cls, statuses: Iterable[Status]) -> Status:
        """The worst of them; nothing measured is UNKNOWN, never OK."""
        return max(statuses, key=lambda status: status.badness, default=cls.UNKNOWN)


class Verdict(Enum):
    """What a check concluded, in words an on-call engineer acts on, with its status."""

    HEALTHY = "healthy", Status.OK
    DEGRADED = "degraded", Status.WARNING
    RATE_LIMITED = "rate limited", Status.WARNING
    AUTH_FAILED = "auth failed", Status.CRITICAL
    DOWN = "down", Status.CRITICAL
    UNKNOWN = "unknown", Status.UNKNOWN

    def __init__(self, word: str, status: Status) -> None:
        self.word = word
        self.status = status


class Sample(NamedTuple):
    """One number at one moment: a Prometheus sample. `time` is in seconds since 1970."""

    name: str
    labels: tuple[tuple[str, str], ...]  # sorted by key, so that equal series are equal
    time: float
    value: float


class Columns(NamedTuple):
    """Many samples at once, in their order; a series is named once.

    >>> [*Columns([("up", ())], [0, 0], [1500, 2000], [1.0, 0.0]).samples()][1]
    Sample(name='up', labels=(), time=2.0, value=0.0)
    """

    series: Sequence[tuple[str, tuple[tuple[str, str], ...]]]  # names and labels; there may be more than are meant
    places: Sequence[int]  # of each sample, which of the series it belongs to
    times: Sequence[int]  # milliseconds since 1970
    values: Sequence[float]

    def samples(self) -> Iterator[Sample]:
        """One by one."""
        for place, time, value in zip(self.places, self.times, self.values, strict=True):
            yield Sample(*self.series[place], time / 1000, value)


class Event(NamedTuple):
    """Something that happened elsewhere: a deployment, a release, an incident of a vendor."""

    kind: str  # 'deployment', 'release', 'vendor'
    source: str  # the entry of the rules that told it
    id: str  # as its source names it: told again, it is the same event
    at: float  # when it happened, seconds since 1970
    title: str
    state: str = ""  # 'ready', 'failed', 'rolled back', …
    link: str = ""
    labels: tuple[tuple[str, str], ...] = ()  # commit, branch, author, …: sorted by key


class Phases(NamedTuple):
    """Where the time of one exchange went, in seconds. A phase that was not reached is None."""

    dns: float | None = None
    connect: float | None = None
    tls: float | None = None
    ttfb: float | None = None
    transfer: float | None = None


UNTIMED = Phases()


class Outcome(NamedTuple):
    """What one check found, once."""

    name: str
    kind: str  # the section of the rules it stands in: apis, web, tcp …
    verdict: Verdict
    at: float  # when it was asked, seconds since 1970
    duration: float | None = None  # seconds; None when nothing was measured
    phases: Phases = UNTIMED
    status_code: int | None = None
    certificate_expires: float | None = None  # seconds since 1970
    error: str = ""  # what is wrong
    hint: str = ""  # what to do
    retry_at: float | None = None  # the server asked not to be asked again before then
    labels: Mapping[str, str] = MappingProxyType({})
    tags: tuple[str, ...] = ()
    asked: bool = True  # False: told from memory or given up, so that nothing was learnt

    @property
    def status(self) -> Status:
        return self.verdict.status


LATEST = 253402214400.0  # 9999-12-31, in any time zone: Python knows no later time


def moment(seconds: float) -> str:
    """A time as ISO 8601 in UTC, to the millisecond when it has one.

    >>> moment(1795419127), moment(1795419127.25)
    ('2026-11-23T07:32:07Z', '2026-11-23T07:32:07.250Z')
    """
    time = datetime.fromtimestamp(min(round(seconds, 3), LATEST), UTC)
    return time.isoformat(timespec="milliseconds" if time.microsecond else "seconds").replace("+00:00", "Z")
