"""What people do about incidents, and what the rules ask of them: alerts, incidents, on-call and outbox, introduced.

An event, what it makes of the incident, and the messages that follow are written in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from dropmon.errors import UsageError
from dropmon.flows import summons
from dropmon.flows.desk import Desk, desk
from dropmon.incidents import measure
from dropmon.incidents.incident import Event, Incident, Kind, Member, State, packed, unpacked
from dropmon.incidents.policy import Asked, Policy, overdue

if TYPE_CHECKING:
    from dropmon.rules import Rules
    from dropmon.storage.incidents import Noted

DAYS = 5  # working days for a post-mortem (response.pagerduty.com: a meeting within five)


class Acked(NamedTuple):
    """Who has an incident, and whether that is news."""

    incident: Incident
    news: bool


def opening(
    desk: Desk, title: str, policy: Policy, at: float, author: str = "", members: Sequence[Member] = (),
    fingerprint: str = "", but: Iterable[str] = (),
) -> Incident:  # fmt: skip
    """Opens an incident, and tells all but those who know already."""
    known = tuple(dict.fromkeys(but))
    body = {
        "policy": policy._asdict(), "members": [each._asdict() for each in members], "fingerprint": fingerprint,
        "told": [*(name for name in policy.notify if name not in known), *([policy.ticket] if policy.ticket else [])],
    }  # fmt: skip
    found = desk.begin(Event(Kind.OPENED, at, author, title, body))
    found = _said(desk, found, summons.opening(found, known, desk.speaker), at)
    if policy.ticket:
        desk.tell(found, summons.ticket(found, desk.speaker))
    return found


def _said(desk: Desk, incident: Incident, call: summons.Call, at: float) -> Incident:
    """Tells it, and in the same message what is asked at once, at a time."""
    for one in overdue(incident.asked, at):
        if one.kind is Asked.ESCALATE:
            continue
        more = summons.overdue(incident, one, desk.speaker)
        due = {"obligation": one.name, "due": one.due, "told": [*more.channels]}
        incident = desk.happens(incident, Event(Kind.FIRED, max(at, incident.changed), "", one.kind.value, due))
        call = call._replace(text=f"{call.text} {more.text}", channels=(*call.channels, *more.channels))
    desk.tell(incident, call)
    return incident


def acknowledge(desk: Desk, number: int, author: str, text: str = "", take: bool = False) -> Acked:
    """Takes an incident, with its alerts; the first who does has it, unless another takes it over."""
    incident = desk.incident(number)
    if incident.state is State.ACKNOWLEDGED:
        if not take or incident.holder == author:
            return Acked(incident, news=False)
        return Acked(desk.happens(incident, Event(Kind.ASSIGNED, desk.at, author, text, {"person": author})), news=True)
    incident = desk.happens(incident, Event(Kind.ACKNOWLEDGED, desk.at, author, text))
    hold(desk, incident, author, text)
    return Acked(incident, news=True)


def hold(desk: Desk, incident: Incident, author: str, text: str) -> None:
    """No reminders of the alerts of an incident that somebody has."""
    from dropmon.alerts import state as states
    from dropmon.storage.alerts import Kept

    own = {each.series for each in incident.firing}
    known = (states.unpacked(one.body) for one in desk.store.alerts.states() if (one.rule, one.labels) in own)
    mine = states.Ack(author, desk.at, None, text or f"incident {incident.number}")
    done = [each._replace(ack=mine) for each in known if each.active and each.ack is None]
    if done:
        rows = (Kept(each.rule, each.labels, each.shown.value, each.at, states.packed(each)) for each in done)
        desk.store.alerts.keep(rows, ())


def taken(desk: Desk, series: Iterable[tuple[str, Any]], author: str, text: str) -> list[Acked]:
    """Acknowledges the open incidents that some alerts belong to."""
    own = set(series)
    found = [each for each in desk.open() if any(one.series in own for one in each.firing)]
    return [acknowledge(desk, each.number, author, text) for each in found]


def note(
    desk: Desk, number: int, author: str, text: str, body: Mapping[str, Any] | None = None, kind: Kind = Kind.NOTED
) -> Incident:
    """Writes something down: what somebody found, or what a command did."""
    return desk.happens(desk.incident(number), Event(kind, desk.at, author, text, body or {}))


def assign(desk: Desk, number: int, person: str, author: str) -> Incident:
    """Gives it to somebody."""
    return desk.happens(desk.incident(number), Event(Kind.ASSIGNED, desk.at, author, "", {"person": person}))


def severity(desk: Desk, number: int, policy: Policy, author: str, text: str = "", at: float | None = None) -> Incident:
    """Makes it another level; a worse one is told to all of the new level."""
    before = desk.incident(number)
    if before.open and before.level is policy.level:
        raise UsageError(f"incident {number} is {policy.level.value} already", f"dropmon incident show {number}")
    worse = policy.level.rank < before.level.rank
    ticket = ticketing(before, policy)
    told = [*(policy.notify if worse else ()), *ticket]
    body = {"policy": policy._asdict(), "before": before.level.value, "told": told}
    after = desk.happens(before, Event(Kind.SEVERITY, desk.at if at is None else at, author, text, body))
    if worse:
        after = _said(desk, after, summons.raising(after, desk.speaker), desk.at if at is None else at)
    if ticket:
        desk.tell(after, summons.ticket(after, desk.speaker))
    return after


def ticketing(incident: Incident, policy: Policy) -> list[str]:
    """The channel that opens the ticket which a policy wants, where the incident has none yet."""
    return [policy.ticket] if policy.ticket and policy.ticket not in incident.told else []


def escalate(desk: Desk, number: int, author: str, text: str = "", person: str | None = None) -> Incident:
    """Calls the next in line now, or a person. Raises UsageError when there is nobody left."""
    before = desk.incident(number)
    chain, step = before.policy.chain, before.step + 1
    if person is None and step > len(chain):
        raise UsageError(f"everybody has been called for incident {number}", "name a person: --to NAME")
    who = person or chain[step - 1]
    times = sum(event.kind == Kind.ESCALATED for event in desk.store.events(number)) + 1
    call = summons.handed(before, f"escalated-{times}", who, author, desk.speaker)
    body = {"step": 0 if person else step, "target": who, "told": [*call.channels]}
    after = desk.happens(before, Event(Kind.ESCALATED, desk.at, author, text, body))
    desk.tell(after, call)
    return after


def resolve(desk: Desk, number: int, author: str = "", text: str = "", at: float | None = None) -> Incident:
    """It is over: all who know of it are told. `author` is '' when its alerts say so."""
    when, before = desk.at if at is None else at, desk.incident(number)
    others = map(unpacked, desk.store.since(before.opened - measure.MONTH))
    again = measure.earlier(before, others)
    due = measure.working(when, DAYS, desk.rules.platform.timezone)
    body = {"recurrent": bool(again), "earlier": again, "postmortem_due": due}
    after = desk.happens(before, Event(Kind.RESOLVED, when, author, text, body))
    desk.tell(after, summons.over(after, desk.speaker))
    return after


def reopen(
    desk: Desk, number: int, author: str = "", text: str = "", at: float | None = None, but: Iterable[str] = ()
) -> Incident:
    """It is not over after all: everything is asked anew from now."""
    before, when, known = desk.incident(number), desk.at if at is None else at, {*but}
    body = {"told": [name for name in before.policy.notify if name not in known]}
    after = desk.happens(before, Event(Kind.REOPENED, when, author, text, body))
    return _said(desk, after, summons.returning(after, known, desk.speaker), when)


def merge(desk: Desk, number: int, into: int, author: str, text: str = "") -> Incident:
    """Two incidents are one: the first is part of the second from now on. Raises UsageError."""
    if number == into:
        raise UsageError(f"incident {number} cannot be merged into itself", "name the other one: dropmon incident list")
    one, other = desk.incident(number), desk.incident(into)
    gone = desk.happens(one, Event(Kind.MERGED, desk.at, author, text, {"into": into}))
    desk.tell(gone, summons.merged(gone, desk.speaker))
    members = [each._asdict() for each in one.members]
    worst = min(other.policy, one.policy, key=lambda each: each.level.rank)
    worse, ticket = worst.level is not other.level, ticketing(other, worst)
    told = [name for name in one.told if name in one.policy.notify or name != one.policy.ticket]  # its ticket is closed
    body = {
        "number": number, "title": one.title, "members": members, "joined": one.joined,
        "told": [*dict.fromkeys((*told, *(worst.notify if worse else ()), *ticket))],
        "level": worst.level.value if worse else "",
        "incident": packed(one), "updates": updates(desk.store.events(number)),
    }  # fmt: skip
    after = desk.happens(other, Event(Kind.ABSORBED, desk.at, author, text, body))
    if worse:
        desk.tell(after, summons.raising(after, desk.speaker))
    if ticket:
        desk.tell(after, summons.ticket(after, desk.speaker))
    if after.state is State.ACKNOWLEDGED:
        hold(desk, after, after.holder, text)
    return after


def updates(events: Iterable[Noted]) -> list[Mapping[str, Any]]:
    """What users were told so far, also of what was merged into it before."""
    found: list[Mapping[str, Any]] = []
    for each in events:
        body: Mapping[str, Any] = each.body
        found += body.get("updates", []) if each.kind == Kind.ABSORBED else []
        found += [{"at": each.at, "text": each.text, **body}] if each.kind == Kind.COMMUNICATED else []
    return found


def communicate(desk: Desk, number: int, author: str, said: Mapping[str, Any]) -> Incident:
    """Users have been told: {state, text, impact, affected, next}."""
    return desk.happens(desk.incident(number), Event(Kind.COMMUNICATED, desk.at, author, str(said["text"]), said))


def close(desk: Desk, number: int, author: str, document: str) -> Incident:
    """Its post-mortem is written."""
    before = desk.incident(number)
    asked = [each for each in before.asked if (each.kind, each.round) == (Asked.POSTMORTEM, before.round)]
    reminded = before.written is None and any(each.fired is not None for each in asked)
    after = desk.happens(before, Event(Kind.WRITTEN, desk.at, author, "", {"document": document}))
    if reminded:
        desk.tell(after, summons.written(after, after.policy.notify, desk.speaker))
    return after


def noted(
    rules: Rules, place: str | None, number: int, at: float, author: str, text: str,
    body: Mapping[str, Any] | None = None, recorded: float | None = None, kind: Kind = Kind.STEP,
) -> Incident:  # fmt: skip
    """Writes what a command did into the timeline of an incident. Raises UsageError, StorageError."""
    with desk(rules, place, at, at if recorded is None else recorded) as own:
        return note(own, number, author, text, body, kind)
