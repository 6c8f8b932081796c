"""What each event makes of an incident. Pure: an incident is its timeline, folded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from dropmon.errors import UsageError
from dropmon.incidents.incident import Event, Incident, Kind, Member, State, member, unpacked
from dropmon.incidents.merging import ONCE, finished, whole
from dropmon.incidents.policy import Asked, Obligation, Policy, again, following, obligations, policy, raised
from dropmon.model import moment

ALIVE = frozenset({State.TRIGGERED, State.ACKNOWLEDGED})
ANY = frozenset(State)
FROM: Mapping[Kind, frozenset[State]] = {  # in which states an event may come
    Kind.JOINED: ALIVE,
    Kind.RECOVERED: ALIVE | {State.RESOLVED},  # one that somebody resolved while it fired
    Kind.ACKNOWLEDGED: frozenset({State.TRIGGERED}),
    Kind.NOTED: ANY,
    Kind.STEP: ANY,
    Kind.TRIAGED: ANY,
    Kind.ASSIGNED: ALIVE,
    Kind.SEVERITY: ALIVE,
    Kind.FIRED: ALIVE | {State.RESOLVED},
    Kind.ESCALATED: ALIVE,
    Kind.COMMUNICATED: ALIVE | {State.RESOLVED},
    Kind.RESOLVED: ALIVE,
    Kind.REOPENED: frozenset({State.RESOLVED}),
    Kind.MERGED: ALIVE,
    Kind.ABSORBED: ALIVE,
    Kind.WRITTEN: frozenset({State.RESOLVED}),
}


def folded(number: int, events: Iterable[Event]) -> Incident:
    """The incident that a timeline tells of. Raises UsageError for one that cannot have been."""
    first, *rest = events
    incident = opened(number, first)
    for event in rest:
        incident = apply(incident, event)
    return incident


def opened(number: int, event: Event) -> Incident:
    """The incident that begins with an event."""
    own = policy(event.body["policy"])
    return Incident(
        number, event.text, own, event.at, event.author, changed=event.at, joined=event.at,
        members=tuple(member(each) for each in event.body.get("members", ())),
        asked=tuple(obligations(own, event.at)), told=tuple(event.body.get("told", ())),
        fingerprint=event.body.get("fingerprint", ""),
    )  # fmt: skip


def apply(incident: Incident, event: Event) -> Incident:
    """The incident after an event. Raises UsageError where the event cannot come now, or comes before its time."""
    possible(incident, event)
    return CHANGES[event.kind](incident, event)


def possible(incident: Incident, event: Event) -> None:
    """Raises UsageError for an event that the state of an incident, or the order of times, does not allow.

    What needs a state comes after that state began: a timeline that is cut off at any time is one that can have been.
    """
    number, kind = incident.number, event.kind
    if incident.state not in FROM[kind]:
        raise UsageError(f"incident {number} {_standing(incident)}: it cannot be {kind.value}", _instead(incident))
    if event.at < incident.opened:
        what = f"{moment(event.at)} is before incident {number} was opened, at {moment(incident.opened)}"
        raise UsageError(what, "say a later --at")
    if FROM[kind] != ANY and event.at < incident.changed:
        what = f"{moment(event.at)} is before incident {number} became {incident.state.value}"
        raise UsageError(f"{what}, at {moment(incident.changed)}", "say a later --at")


def _standing(incident: Incident) -> str:
    if incident.state is State.MERGED:
        return f"was merged into {incident.merged}"
    if incident.state is State.RESOLVED:
        return f"was resolved at {moment(incident.resolved or 0.0)}"
    return f"is {incident.state.value}" + (f" by {incident.holder}" if incident.holder else "")


def _instead(incident: Incident) -> str:
    if incident.state is State.MERGED:
        return f"dropmon incident show {incident.merged}"
    if incident.state is State.RESOLVED:
        return f"dropmon incident reopen {incident.number}"
    return f"dropmon incident show {incident.number}"


def _joined(incident: Incident, event: Event) -> Incident:
    return _with(incident, (member(event.body),))._replace(joined=max(incident.joined, event.at))


def _with(incident: Incident, members: Iterable[Member]) -> Incident:
    """With these alerts; one that is there already is as it is told now."""
    own = {each.series: each for each in incident.members}
    return incident._replace(members=tuple({**own, **{each.series: each for each in members}}.values()))


def _recovered(incident: Incident, event: Event) -> Incident:
    over = member(event.body)
    ended = event.at if over.ended is None else over.ended
    members = (each._replace(ended=ended) if each.series == over.series else each for each in incident.members)
    return incident._replace(members=tuple(members))


def _acknowledged(incident: Incident, event: Event) -> Incident:
    first = event.at if incident.acknowledged is None else incident.acknowledged
    taken = incident._replace(state=State.ACKNOWLEDGED, changed=event.at, acknowledged=first, holder=event.author)
    return _met(taken, Asked.ACKNOWLEDGE, event.at)


def _noted(incident: Incident, event: Event) -> Incident:
    return _met(incident, Asked.INVESTIGATE, event.at) if event.author else incident


def _same(incident: Incident, event: Event) -> Incident:
    return incident


def _assigned(incident: Incident, event: Event) -> Incident:
    return incident._replace(holder=str(event.body["person"]))


def _severity(incident: Incident, event: Event) -> Incident:
    """New deadlines from now. Worse: of two the earlier. Better: what the old level asked is dropped, but for what
    users were promised."""
    new, at = policy(event.body["policy"]), event.at
    before = incident if new.level.rank < incident.level.rank else _eased(incident, at)
    return _told(_again(before._replace(policy=new, step=0), new, at), event)


def _again(incident: Incident, policy: Policy, at: float) -> Incident:
    """Asks it all from now on, but for what is done for good; users who were told are told again."""
    done = finished(incident.asked, incident.state)
    new = [each for each in obligations(policy, at, incident.round + 1) if each.kind not in done]
    new += again(policy, incident.asked, at) if Asked.COMMUNICATE in done else []
    return incident._replace(asked=raised(incident.asked, new), round=incident.round + 1)


def _fired(incident: Incident, event: Event) -> Incident:
    def told(each: Obligation) -> Obligation:
        return each._replace(fired=event.at) if each.name == name and each.pending else each

    name, step = event.body["obligation"], int(event.body.get("step", 0))
    asked = tuple(told(each) for each in incident.asked)
    return _told(incident._replace(asked=asked, step=step or incident.step), event)


def _escalated(incident: Incident, event: Event) -> Incident:
    """By hand: the step that is taken is not taken again by the clock. A person who is named is no step: 0."""
    step = int(event.body["step"])
    asked = tuple(
        each._replace(fired=event.at) if each.kind is Asked.ESCALATE and each.step == step and each.pending else each
        for each in incident.asked
    )
    return _told(incident._replace(asked=asked, step=step or incident.step), event)


def _told(incident: Incident, event: Event) -> Incident:
    return incident._replace(told=tuple(dict.fromkeys((*incident.told, *event.body.get("told", ())))))


def _communicated(incident: Incident, event: Event) -> Incident:
    said, next_at = event.body, event.body.get("next")
    heard = _met(_met(incident, Asked.COMMUNICATE, event.at), Asked.UPDATE, event.at)
    more = [Obligation(Asked.UPDATE, next_at, round=following(incident.asked, Asked.UPDATE))] if next_at else []
    return heard._replace(
        impact=said.get("impact") or incident.impact,
        affected=tuple(said.get("affected") or incident.affected),
        said=said["state"],
        said_at=event.at,
        update_at=next_at,
        asked=(*heard.asked, *(more if incident.open else ())),
    )


def _resolved(incident: Incident, event: Event) -> Incident:
    recurrent = bool(event.body.get("recurrent", False))
    over = _dropped(incident, event.at)._replace(
        state=State.RESOLVED, changed=event.at, resolved=event.at, resolver=event.author, recurrent=recurrent
    )
    wanted = incident.policy.postmortem == "required" or (incident.policy.postmortem == "if-recurrent" and recurrent)
    if not wanted or incident.written is not None:
        return over
    due = float(event.body["postmortem_due"])
    return over._replace(asked=(*over.asked, Obligation(Asked.POSTMORTEM, due, round=incident.round)))


def _reopened(incident: Incident, event: Event) -> Incident:
    found = _dropped(incident, event.at)
    met = tuple(each._replace(met=None, dropped=event.at) if each.kind in ONCE else each for each in found.asked)
    back = found._replace(
        asked=met, state=State.TRIGGERED, changed=event.at, resolved=None, resolver="", holder="", step=0,
        written=None, insisted=event.at if event.author else None, said="", said_at=None, update_at=None,
    )  # fmt: skip
    return _told(_again(back, incident.policy, event.at), event)


def _merged(incident: Incident, event: Event) -> Incident:
    over = _dropped(incident, event.at)
    return over._replace(state=State.MERGED, changed=event.at, merged=int(event.body["into"]))


def _absorbed(incident: Incident, event: Event) -> Incident:
    both = _with(incident, [member(each) for each in event.body["members"] if _newer(incident, member(each))])
    told = _told(both._replace(joined=max(incident.joined, event.body.get("joined", 0.0))), event)
    other = event.body.get("incident")
    return whole(told, unpacked(other), event.at) if other else told


def _newer(incident: Incident, one: Member) -> bool:
    own = incident.member(one.series)
    return own is None or (own.ended is not None and one.fired >= own.fired)


def _written(incident: Incident, event: Event) -> Incident:
    return _met(incident, Asked.POSTMORTEM, event.at)._replace(written=event.at)


def _met(incident: Incident, kind: Asked, at: float) -> Incident:
    """With all that is asked of that kind done, be it late."""
    open_ = (each.kind is kind and each.met is None and each.dropped is None for each in incident.asked)
    asked = (each._replace(met=at) if now else each for each, now in zip(incident.asked, open_, strict=True))
    return incident._replace(asked=tuple(asked))


def _dropped(incident: Incident, at: float) -> Incident:
    asked = (each._replace(dropped=at) if each.pending else each for each in incident.asked)
    return incident._replace(asked=tuple(asked))


def _eased(incident: Incident, at: float) -> Incident:
    """Without what is asked, but for the news that users were promised, by the time that they were."""

    def eased(each: Obligation) -> Obligation:
        if each.pending and each.kind is Asked.UPDATE and each.due <= promised:
            return each._replace(due=promised)
        return each._replace(dropped=at) if each.pending else each

    promised = incident.update_at or 0.0
    return incident._replace(asked=tuple(map(eased, incident.asked)))


CHANGES: Mapping[Kind, Callable[[Incident, Event], Incident]] = {
    Kind.JOINED: _joined,
    Kind.RECOVERED: _recovered,
    Kind.ACKNOWLEDGED: _acknowledged,
    Kind.NOTED: _noted,
    Kind.STEP: _same,  # what a command found, nobody may have read
    Kind.TRIAGED: _same,
    Kind.ASSIGNED: _assigned,
    Kind.SEVERITY: _severity,
    Kind.FIRED: _fired,
    Kind.ESCALATED: _escalated,
    Kind.COMMUNICATED: _communicated,
    Kind.RESOLVED: _resolved,
    Kind.REOPENED: _reopened,
    Kind.MERGED: _merged,
    Kind.ABSORBED: _absorbed,
    Kind.WRITTEN: _written,
}
