"""An incident as its timeline leaves it, and what can happen to one. Times in seconds since 1970."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from dropmon.incidents.policy import Asked, Level, Obligation, Policy, policy

Labels = tuple[tuple[str, str], ...]  # sorted by name


class State(StrEnum):
    """Where an incident stands."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    MERGED = "merged"


class Kind(StrEnum):
    """What happens to an incident."""

    OPENED = "opened"
    JOINED = "joined"  # an alert fires that belongs to it
    RECOVERED = "recovered"  # one of its alerts is over
    ACKNOWLEDGED = "acknowledged"
    NOTED = "noted"
    STEP = "step"  # of a runbook
    TRIAGED = "triaged"  # what a glance at everything found
    ASSIGNED = "assigned"
    SEVERITY = "severity"
    FIRED = "fired"  # an obligation is overdue, and somebody is told
    ESCALATED = "escalated"  # by hand
    COMMUNICATED = "communicated"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    MERGED = "merged"  # into another
    ABSORBED = "absorbed"  # another one
    WRITTEN = "written"  # its post-mortem


class Member(NamedTuple):
    """An alert that belongs to an incident: one series of one rule."""

    rule: str
    labels: Labels
    key: str  # as `dropmon alert ack` takes it
    name: str
    severity: str
    fired: float  # when its last episode began
    ended: float | None = None  # when it was over
    runbook: str = ""

    @property
    def series(self) -> tuple[str, Labels]:
        return self.rule, self.labels


class Event(NamedTuple):
    """One line of a timeline."""

    kind: Kind
    at: float  # when it happened
    author: str = ""  # '' is dropmon itself
    text: str = ""
    body: Mapping[str, Any] = MappingProxyType({})


class Incident(NamedTuple):
    """What is broken, and who has it."""

    number: int
    title: str
    policy: Policy
    opened: float
    author: str = ""  # who opened it: '' when an alert did
    state: State = State.TRIGGERED
    changed: float = 0.0  # when its state changed last
    acknowledged: float | None = None  # when somebody took it for the first time
    holder: str = ""  # who has it
    resolved: float | None = None
    resolver: str = ""
    members: tuple[Member, ...] = ()
    joined: float = 0.0  # when an alert joined last
    asked: tuple[Obligation, ...] = ()
    round: int = 0  # how often it became worse or came back
    told: tuple[str, ...] = ()  # channels that know of it
    step: int = 0  # of the escalation, that was taken last
    impact: str = ""  # in users' words
    affected: tuple[str, ...] = ()
    said: str = ""  # the state that users were told last
    said_at: float | None = None
    update_at: float | None = None  # when users were promised to hear more
    fingerprint: str = ""  # the same for the same trouble
    recurrent: bool = False
    insisted: float | None = None  # when somebody reopened it: what was over by then does not end it
    merged: int | None = None  # into which
    written: float | None = None  # when its post-mortem was

    @property
    def level(self) -> Level:
        return self.policy.level

    @property
    def open(self) -> bool:
        return self.state in {State.TRIGGERED, State.ACKNOWLEDGED}

    @property
    def firing(self) -> tuple[Member, ...]:
        """Its alerts that are not over."""
        return tuple(each for each in self.members if each.ended is None)

    @property
    def runbook(self) -> str:
        return next((each.runbook for each in (*self.firing, *self.members) if each.runbook), "")

    def member(self, series: tuple[str, Labels]) -> Member | None:
        return next((each for each in self.members if each.series == series), None)


def packed(incident: Incident) -> str:
    """The incident as JSON.

    >>> alert = Member("r", (("a", "b"),), "r/a=b", "n", "low", 1.0)
    >>> one = Incident(1, "x", Policy(Level.MINOR), 5.0, members=(alert,), asked=(Obligation(Asked.CLOSE, 9.0),))
    >>> unpacked(packed(one)) == one
    True
    """
    asked = [each._asdict() for each in incident.asked]
    members = [each._asdict() for each in incident.members]
    return json.dumps({**incident._asdict(), "policy": incident.policy._asdict(), "asked": asked, "members": members})


def unpacked(text: str) -> Incident:
    """The incident of such a text. Keys that a newer version wrote are passed over."""
    found = json.loads(text)
    found["policy"] = policy(found["policy"])
    found["asked"] = tuple(_known(Obligation, {**each, "kind": Asked(each["kind"])}) for each in found["asked"])
    found["members"] = tuple(member(each) for each in found["members"])
    found |= {"state": State(found["state"]), "told": tuple(found["told"]), "affected": tuple(found["affected"])}
    incident: Incident = _known(Incident, found)
    return incident


def member(found: Mapping[str, Any]) -> Member:
    """A member that was written down."""
    one: Member = _known(Member, {**found, "labels": tuple((name, value) for name, value in found["labels"])})
    return one


def _known(kind: Any, found: Mapping[str, Any]) -> Any:
    return kind(**{key: value for key, value in found.items() if key in kind._fields})
