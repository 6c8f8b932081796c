"""Which incident an alert belongs to, so that one outage is one incident. Pure. Times in seconds since 1970."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from dropmon.incidents.incident import Incident, Member, State

CAUSES = ("check", "host", "service", "database")  # labels: an equal value is an equal cause


class Span(NamedTuple):
    """How near two things must be to be one. Seconds."""

    group: float = 600.0  # since the last alert joined
    reopen: float = 1800.0  # since the incident was resolved


def home(
    one: Member, open_: Iterable[Incident], related: Mapping[str, Collection[str]], span: Span, at: float
) -> Incident | None:
    """The open incident that an alert which begins to fire belongs to; the one that grew last goes first.

    `related` says of a rule on which others it depends. Such an alert, and one that was in an incident before, belong
    there however long it lasts; a shared rule or label counts only while the incident is growing. `at` is when the
    alert is heard of: one that was silenced may have fired long before.
    """
    for incident in sorted(open_, key=lambda each: (-each.joined, each.number)):
        growing = at - incident.joined <= span.group
        if incident.member(one.series) or depends(one, incident, related) or (growing and alike(one, incident)):
            return incident
    return None


def depends(one: Member, incident: Incident, related: Mapping[str, Collection[str]]) -> bool:
    """Whether its rule depends on that of an alert of the incident, or the other way round."""
    return any(
        each.rule != one.rule and (each.rule in related.get(one.rule, ()) or one.rule in related.get(each.rule, ()))
        for each in incident.members
    )


def alike(one: Member, incident: Incident) -> bool:
    """Whether it shares a rule, or what it is about, with an alert of the incident."""
    about = causes(one)
    return any(each.rule == one.rule or about & causes(each) for each in incident.members)


def causes(one: Member) -> set[tuple[str, str]]:
    """What an alert is about."""
    return {(name, value) for name, value in one.labels if name in CAUSES and value}


def orphaned(incident: Incident, rules: Collection[str]) -> list[str]:
    """The rules of an open incident of which none is left in the file, so that nobody can say whether it is over.

    Another file may share the history: whoever has that calls people.
    """
    own = {each.rule for each in incident.firing} if incident.open else set()
    return [] if own & {*rules} else sorted(own)


def heard(one: Member, closed: Iterable[Incident]) -> bool:
    """Whether this episode of an alert belongs to an incident that somebody resolved while it fired."""
    own = (each.member(one.series) for each in closed)
    return any(each is not None and one.fired <= each.fired for each in own)


def back(one: Member, closed: Iterable[Incident], span: Span, at: float) -> Incident | None:
    """The resolved incident that an alert brings back: one of its own, resolved a short while before `at`."""
    near = [
        each
        for each in closed
        if each.state is State.RESOLVED and each.member(one.series) and at - (each.resolved or 0.0) <= span.reopen
    ]
    return max(near, key=lambda each: each.resolved or 0.0, default=None)


def fingerprint(one: Member) -> str:
    """The same for the same trouble: the rule, and what it is about.

    >>> fingerprint(Member("api_down", (("check", "Stripe"), ("kind", "apis")), "", "", "high", 0.0))
    'api_down check=Stripe'
    """
    return " ".join([one.rule, *(f"{name}={value}" for name, value in sorted(causes(one)))])
