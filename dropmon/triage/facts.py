"""What one look at everything brought: plain records, from which causes are inferred. Times in seconds since 1970."""

from __future__ import annotations

from typing import NamedTuple

from dropmon.model import Event, Status, Verdict


class Failing(NamedTuple):
    """A check that is not well."""

    kind: str
    name: str
    verdict: Verdict
    error: str = ""
    hint: str = ""
    since: float | None = None  # None: it was not known before
    host: str = ""
    expires: float | None = None  # of its certificate
    vendor: str = ""  # what its provider's status page says
    runbook: str = ""
    line: bool = False  # nothing beyond this machine answered: it says nothing of what was asked

    @property
    def status(self) -> Status:
        return self.verdict.status

    @property
    def theirs(self) -> bool:
        """Whether its provider admits an incident."""
        return self.vendor.startswith("their incident")


class Firing(NamedTuple):
    """An alert that fires, or of which nothing is known."""

    key: str
    name: str
    severity: str
    since: float
    runbook: str = ""
    author: str = ""  # who has it
    known: bool = True


class Root(NamedTuple):
    """A session that others wait for, while it waits for nobody."""

    session: str
    pid: int | None
    state: str
    blocks: int
    transaction: float  # seconds that its transaction is open
    waited: float  # seconds that the longest of the others has waited
    statement: str = ""
    hint: str = ""


class Slow(NamedTuple):
    """A statement that takes long."""

    statement: str
    mean: float  # seconds
    calls: int
    share: float  # of the execution time of all statements


class Pressure(NamedTuple):
    """How a database stands."""

    database: str
    used: int = 0
    usable: int = 0
    idle_in_transaction: int = 0
    holder: str = ""  # the application or role with the most connections
    held: int = 0  # by it
    warn: float = 0.8  # share of the usable connections from which on there are few left
    roots: tuple[Root, ...] = ()
    slow: tuple[Slow, ...] = ()
    error: str = ""  # why it could not be asked
    hint: str = ""

    @property
    def share(self) -> float:
        """Of the usable connections that are taken."""
        return self.used / self.usable if self.usable else 0.0


class Burst(NamedTuple):
    """Errors of one template within the last hour that the hour before did not have."""

    template: str
    number: int
    first: float | None = None
    last: float | None = None
    places: tuple[str, ...] = ()
    example: str = ""
    frame: str = ""


class Unreached(NamedTuple):
    """What could not be looked at."""

    what: str
    why: str
    hint: str = ""


class Facts(NamedTuple):
    """All of it."""

    at: float
    failing: tuple[Failing, ...] = ()
    checked: int = 0  # checks in all
    vendors: tuple[tuple[str, str], ...] = ()  # name, what its status page says: of all
    firing: tuple[Firing, ...] = ()
    pressures: tuple[Pressure, ...] = ()
    bursts: tuple[Burst, ...] = ()
    errors: int = 0  # log entries of the last hour in all
    changes: tuple[Event, ...] = ()  # deployments of the last day, oldest first
    duty: tuple[str, ...] = ()  # who is on call, a line each
    unreached: tuple[Unreached, ...] = ()
    took: float = 0.0  # seconds
