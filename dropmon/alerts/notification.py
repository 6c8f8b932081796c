"""What goes out: alerts, why they are told now, and to which channel. Pure data: channels only render and send it."""

from __future__ import annotations

from collections.abc import Container, Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Severity(IntEnum):
    """Least serious first, as the guide names them."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        return self.name.lower()


class Phase(StrEnum):
    """Where an alert stands."""

    PENDING = "pending"  # its condition holds, not yet for long enough
    FIRING = "firing"
    RECOVERING = "recovering"  # its condition holds no more, not yet for long enough
    RESOLVED = "resolved"
    UNKNOWN = "unknown"  # nothing fresh is known of it


class Reason(StrEnum):
    """Why it is told now."""

    FIRST = "first"  # it fires
    REPEAT = "repeat"  # it still fires: a reminder
    ESCALATED = "escalated"  # it became more severe
    RESOLVED = "resolved"
    UNKNOWN = "unknown"  # nothing has been known of it for too long
    DELIVERY = "delivery"  # another channel failed to tell it
    TEST = "test"  # somebody asked for it


class Alert(NamedTuple):
    """One series of one rule. Its texts come from outside and are not safe to print or send as they are."""

    rule: str  # the id in the rules: 'high_error_rate'
    name: str  # for people: "Taux d'erreur élevé"
    severity: Severity
    phase: Phase
    labels: Mapping[str, str] = MappingProxyType({})
    value: float | None = None  # of its condition, when it was told last
    since: float = 0.0  # seconds since 1970: when it began to fire
    ended: float | None = None  # when it was resolved
    description: str = ""
    condition: str = ""  # PromQL, for people
    runbook: str | None = None
    flaps: int = 0  # how often it began and ended within the last while
    closed: str = ""  # why it is over though nobody knows that all is well: a word of `dropmon.alerts.state.CLOSED`
    back: Severity | None = None  # as which its missing data was told, and that is over
    was: Severity | None = None  # as which it was told before, if that is another one
    own: Mapping[str, str] | None = None  # labels of the series alone; None: all of them are
    commands: tuple[str, ...] = ()  # to type next, where it is not `dropmon alert ack`: those of an incident

    @property
    def key(self) -> str:
        """The same for the same series of the same rule, whatever it does: what receivers put together.

        >>> Alert("r", "", Severity.LOW, Phase.FIRING, {"team": "shop", "queue": "mail"}, own={"queue": "mail"}).key
        'r/queue=mail/team=shop'
        """
        return "/".join((self.rule, *(f"{name}={value}" for name, value in sorted(self.identity.items()))))

    @property
    def identity(self) -> dict[str, str]:
        """Its labels, and those of the series that a label of the rule hides, named as Prometheus does.

        >>> Alert("r", "", Severity.LOW, Phase.FIRING, {"queue": "all"}, own={"queue": "mail"}).identity
        {'queue': 'all', 'exported_queue': 'mail'}
        """
        hidden = {name: value for name, value in (self.own or {}).items() if self.labels.get(name) != value}
        return {**self.labels, **{_exported(name, self.labels): value for name, value in hidden.items()}}


def _exported(name: str, taken: Container[str]) -> str:
    """A name that is not taken.

    >>> _exported("queue", {"queue", "exported_queue"})
    'exported_exported_queue'
    """
    return _exported(f"exported_{name}", taken) if name in taken else name


class Notification(NamedTuple):
    """One message to one channel. Who gets it twice knows it by its id."""

    id: str
    channel: str  # its name in the rules
    reason: Reason
    alerts: tuple[Alert, ...]  # the worst first
    at: float  # when it was decided, seconds since 1970
    platform: str = ""  # its name in the rules
    late: float = 0.0  # seconds by which it comes late, when it could not be delivered before
    fallback_of: str | None = None  # the channel that failed
    failure: str = ""  # and why

    @property
    def severity(self) -> Severity:
        return max((alert.severity for alert in self.alerts), default=Severity.LOW)
