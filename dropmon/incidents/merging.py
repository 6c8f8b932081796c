"""Two incidents that are one: no clock begins anew, no deadline is put off, nothing that users know is lost. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from dropmon.incidents.incident import Incident, State
from dropmon.incidents.policy import Asked, Obligation, Policy, again, following, raised

ONCE = frozenset({Asked.ACKNOWLEDGE, Asked.INVESTIGATE, Asked.COMMUNICATE})  # once done, never asked again


def whole(incident: Incident, other: Incident, at: float) -> Incident:
    """An incident with all that was asked, done and said in another, which becomes part of it at a time."""
    step, later = max(incident.step, other.step), incident.round + 1
    worst = min(incident.policy, other.policy, key=lambda each: each.level.rank)
    found = _taken(incident, other, at)
    both = _both(incident.asked, other.asked, later)
    asked = tuple(_aimed(each, worst) for each in _done(both, finished(both, found.state), step, at))
    found = found._replace(policy=worst, round=later + other.round, step=step, asked=(*asked, *_more(asked, worst, at)))
    return _said(found, other)


def finished(asked: Iterable[Obligation], state: State) -> frozenset[Asked]:
    """What is done for good. What somebody has is taken, though its level may never have asked for that.

    >>> finished([Obligation(Asked.CLOSE, 9.0, met=5.0)], State.ACKNOWLEDGED) == {Asked.ACKNOWLEDGE}
    True
    """
    taken = {Asked.ACKNOWLEDGE} if state is State.ACKNOWLEDGED else set()
    return ONCE & {*taken, *(each.kind for each in asked if each.met is not None)}


def _both(own: Iterable[Obligation], others: Iterable[Obligation], later: int) -> tuple[Obligation, ...]:
    """What both ask: of the same thing the earlier; what is overdue in the other is so here. `later` is the round in
    which the other began."""
    found = tuple(own)
    news = following(found, Asked.UPDATE)
    for one in others:
        if one.dropped is not None or one.kind is Asked.POSTMORTEM:
            continue
        one = one._replace(round=news if one.kind is Asked.UPDATE else later + one.round)
        news += one.kind is Asked.UPDATE
        found = raised(found, [one]) if one.pending else (*found, one)
    return found


def _done(asked: Iterable[Obligation], done: Container[Asked], step: int, at: float) -> Iterable[Obligation]:
    """Without what was done in either: once for both. A step of the escalation that was taken is not taken again."""
    for each in asked:
        if each.met is None and each.dropped is None and each.kind in done:
            yield each._replace(met=at)
        elif each.pending and each.kind is Asked.ESCALATE and each.step <= step:
            yield each._replace(dropped=at)
        else:
            yield each


def _more(asked: Sequence[Obligation], policy: Policy, at: float) -> Iterable[Obligation]:
    """That users hear more, where what they were told of one is done for both, and nothing asks for more."""
    waits = any(each.kind is Asked.UPDATE and each.met is None and each.dropped is None for each in asked)
    told = any(each.kind is Asked.COMMUNICATE and each.met is not None for each in asked)
    return again(policy, asked, at) if told and not waits else ()


def _aimed(one: Obligation, policy: Policy) -> Obligation:
    """A step that is not taken yet calls whom the worse level calls."""
    near = one.pending and 0 < one.step <= len(policy.chain)
    return one._replace(target=policy.chain[one.step - 1]) if near else one


def _taken(incident: Incident, other: Incident, at: float) -> Incident:
    """Whoever has the other has this, if nobody has."""
    if incident.state is not State.TRIGGERED or other.state is not State.ACKNOWLEDGED:
        return incident
    first = max(incident.opened, other.acknowledged or at)
    since = incident.acknowledged if incident.acknowledged is not None else first
    return incident._replace(state=State.ACKNOWLEDGED, changed=at, acknowledged=since, holder=other.holder)


def _said(incident: Incident, other: Incident) -> Incident:
    """With what users know of either; the last that they heard holds, and the earliest that they were promised."""
    later = (other.said_at or 0.0) > (incident.said_at or 0.0)
    promised = [each for each in (incident.update_at, other.update_at) if each is not None]
    return incident._replace(
        impact=incident.impact or other.impact,
        affected=tuple(dict.fromkeys((*incident.affected, *other.affected))),
        said=other.said if later else incident.said,
        said_at=other.said_at if later else incident.said_at,
        update_at=min(promised, default=None),
    )
