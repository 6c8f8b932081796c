"""The tick: alerts open, join and resolve incidents, and what is overdue is told, each once.

What was heard, what it makes of incidents and what is told of it are written in one transaction: of many processes
that tick at once one does it, and one that is killed has done all of it or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dropmon.alerts.depends import EXPLAINING
from dropmon.alerts.group import alert as told
from dropmon.alerts.notification import Severity
from dropmon.alerts.route import Why
from dropmon.alerts.silence import Silence
from dropmon.alerts.state import State, unpacked
from dropmon.alerts.step import gone, hushed
from dropmon.flows import response, summons
from dropmon.flows.desk import Desk, policies
from dropmon.incidents import grouping
from dropmon.incidents.incident import Event, Incident, Kind, Member
from dropmon.incidents.incident import unpacked as read
from dropmon.incidents.policy import Asked, Level, Policy, overdue
from dropmon.storage.alerts import Changed
from dropmon.storage.incidents import IncidentStore, incidents_of

if TYPE_CHECKING:
    from dropmon.alerts.notification import Notification
    from dropmon.alerts.rule import Plan
    from dropmon.rules import Rules
    from dropmon.storage import Store

STALE = 86400.0  # seconds after which an alert that has come and gone opens nothing any more: nobody ticked


class Ticked(NamedTuple):
    """What one tick brought. `at` in seconds since 1970."""

    at: float
    log: Sequence[tuple[Incident, Event]] = ()
    notifications: Sequence[Notification] = ()
    open: Sequence[Incident] = ()


def tick(rules: Rules, plan: Plan, store: Store, at: float, recorded: float | None = None) -> Ticked:
    """Hears what alerts did since the last tick, and fires what is overdue at a time, in seconds since 1970.

    Raises StorageError, and then nothing of it has happened.
    """
    incidents = incidents_of(store)
    wanted = "incidents" in rules.given
    if incidents.quiet(wanted, at):
        return Ticked(at)
    with incidents.writing():
        desk = Desk(incidents, rules, at, at if recorded is None else recorded)
        if wanted:
            Hearing(desk, plan).all()
        known = {rule.id for rule in plan.rules}
        for incident in [*desk.open(), *map(read, incidents.due(at))]:
            if not grouping.orphaned(incident, known):
                fire(desk, incident)
        return Ticked(at, tuple(desk.log), tuple(desk.told), tuple(desk.open()))


def fire(desk: Desk, incident: Incident) -> None:
    """Tells what is overdue of an incident, in due order, at most one step of the escalation."""
    for one in overdue(incident.asked, desk.at):
        call = summons.overdue(incident, one, desk.speaker)
        body = {"obligation": one.name, "due": one.due, "told": [*call.channels]}
        more = {"step": one.step, "target": one.target} if one.kind is Asked.ESCALATE else {}
        at = max(desk.at, incident.changed)
        incident = desk.happens(incident, Event(Kind.FIRED, at, "", one.kind.value, {**body, **more}))
        desk.tell(incident, call)


class Hearing:
    """What alerts did, told to the incidents."""

    def __init__(self, desk: Desk, plan: Plan) -> None:
        self.desk, self.plan, self.store = desk, plan, desk.store
        self.rules = {rule.id: rule for rule in plan.rules}
        self.related = {rule.id: rule.depends_on for rule in plan.rules}
        found = desk.rules.incidents
        self.span = grouping.Span(found.group_within, found.reopen_within)
        self.policies = levels(desk.rules)
        self.states = {each.key: each for each in (unpacked(one.body) for one in self.store.alerts.states())}
        known = (each for each in self.states.values() if each.unknown is None)
        self.troubled = frozenset(each.rule for each in known if each.phase in EXPLAINING and each.unknown is None)
        self.silences = [Silence(*one) for one in self.store.alerts.silences() if one.end > desk.at]

    def all(self) -> None:
        """First what has changed, in its order; then what fires or is over without anybody having heard of it."""
        for change in heard(self.store, self.desk.at):
            state = self.states.get((change.rule, change.labels)) or blank(change, self.rules.get(change.rule))
            if change.after == "firing":
                began = state.fired if state.active and state.fired <= change.at else change.at
                self.fires(state, began, change.at)
            elif change.after == "resolved":
                self.ends(state.key, change.at)
        for state in sorted(self.states.values(), key=lambda each: (each.fired, each.key)):
            if state.active:
                self.fires(state, state.fired, self.desk.at)
        for incident in [*self.desk.open(), *self.desk.ringing()]:
            for one in incident.firing:
                ended = self.ended(one, incident)
                if ended is not None:
                    self.over(incident.number, one, ended)

    def fires(self, state: State, fired: float, at: float) -> None:
        """An alert fires: it belongs to an incident, brings one back, or opens one."""
        policy = self.policies.get(state.severity)
        open_ = self.desk.open()
        own = next((each for each in open_ if (one := each.member(state.key)) and one.ended is None), None)
        if own:
            return self.worsens(own, state, policy, at)
        if policy is None:
            return None
        one = self.member(state, fired)
        closed = self.desk.closed()
        why = self.hush(state)
        if grouping.heard(one, closed) or why in {Why.SILENCED, Why.MAINTENANCE}:
            return None
        if home := grouping.home(one, open_, self.related, self.span, at):
            return self.joins(home, one, policy, at)
        if why is Why.EXPLAINED:
            return None
        knows = {each.channel for each in state.told if each.open}
        if former := grouping.back(one, closed, self.span, at):
            when = max(at, former.changed)
            return self.joins(response.reopen(self.desk, former.number, at=when, but=knows), one, policy, when)
        response.opening(self.desk, one.name, policy, at, "", [one], grouping.fingerprint(one), knows)
        return None

    def joins(self, incident: Incident, one: Member, policy: Policy, at: float) -> None:
        event = Event(Kind.JOINED, max(at, incident.changed), "", one.name, one._asdict())
        self.raises(self.desk.happens(incident, event), policy, at)

    def worsens(self, incident: Incident, state: State, policy: Policy | None, at: float) -> None:
        """One of its alerts is more severe than it was; one that is not leaves alone what people have said since."""
        one = incident.member(state.key)
        if one and state.severity > Severity[one.severity.upper()]:
            worse = one._replace(severity=state.severity.word)
            event = Event(
                Kind.JOINED, max(at, incident.changed), "", f"{one.name} is {worse.severity} now", worse._asdict()
            )
            self.raises(self.desk.happens(incident, event), policy, at)

    def raises(self, incident: Incident, policy: Policy | None, at: float) -> None:
        """An incident is as bad as the worst of its alerts has been."""
        if policy and policy.level.rank < incident.level.rank:
            response.severity(self.desk, incident.number, policy, "", at=max(at, incident.changed))

    def ends(self, series: tuple[str, tuple[tuple[str, str], ...]], at: float) -> None:
        """An alert is over, in whichever incident it fires; somebody may have resolved that before."""
        for incident in [*self.desk.open(), *self.desk.ringing()]:
            one = incident.member(series)
            if one and one.ended is None:
                self.over(incident.number, one, at)

    def ended(self, one: Member, incident: Incident) -> float | None:
        """When an alert of an incident was over, if it is: nothing fires, or a later episode does, elsewhere."""
        now = self.states.get(one.series)
        if now is None or not now.active:
            return self.desk.at if now is None or now.ended is None else now.ended
        return None if incident.open or now.fired <= one.fired else now.fired

    def over(self, number: int, one: Member, at: float) -> None:
        """An alert is over, and with the last of them the incident that alerts opened. One that somebody has reopened
        since then is not."""
        incident, ended = self.desk.incident(number), max(at, one.fired)
        when = max(ended, incident.changed)
        event = Event(Kind.RECOVERED, when, "", one.name, one._replace(ended=ended)._asdict())
        left = self.desk.happens(incident, event)
        alone = left.open and not left.firing and not left.author and left.policy.auto_resolve
        if alone and (left.insisted is None or ended >= left.insisted):
            response.resolve(self.desk, left.number, at=when)

    def member(self, state: State, fired: float) -> Member:
        about = told(self.rules.get(state.rule) or gone(state), state, self.desk.at)
        return Member(
            state.rule, state.labels, about.key, about.name, state.severity.word, fired, runbook=about.runbook or ""
        )

    def hush(self, state: State) -> Why | None:
        rule = self.rules.get(state.rule) or gone(state)
        found = hushed(self.plan, rule, state, self.silences, self.troubled, self.desk.at)
        return found.why if found else None


def levels(rules: Rules) -> Mapping[Severity, Policy]:
    """What an alert of each severity asks, as far as the rules say."""
    own = policies(rules)
    named = ((Level(level), getattr(rules.incidents, level).from_) for level in Level)
    return {Severity[word.upper()]: own[level] for level, words in named for word in words}


def heard(store: IncidentStore, at: float) -> Iterable[Changed]:
    """The changes of phase that nobody has heard of, which is then over. Nobody hears of what was before the first
    tick, nor of what is older than a day: what fires still is seen anyway."""
    edge, before = store.cursor()
    newest = store.newest()
    found = store.unheard(edge) if before else []
    if newest != edge or not before:
        store.move(newest, at)
    return [each for each in found if at - each.at <= STALE]


def blank(change: Changed, rule: object) -> State:
    """What stands for a series of which nothing is remembered any more."""
    return State(change.rule, change.labels, severity=getattr(rule, "severity", Severity.LOW))
