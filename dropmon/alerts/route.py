"""What each channel is told of one series, and why, or why not. Pure. Times in seconds since 1970.

Two clocks: `remind_every` inside an episode, and `throttle`, the floor between two notices that it fires. Recovery does
not reset the floor; a rise in severity breaks it. That it is over is told to whoever was told that it fires.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from dropmon.alerts.evaluate import due
from dropmon.alerts.notification import Phase, Reason, Severity
from dropmon.alerts.rule import Channel, Labels, Rule
from dropmon.alerts.state import CLOSED, Earlier, State, Told

AGAIN = 300.0  # seconds at least before what could not be told is told once more
EARLY = 0.5  # of the pause between evaluations: a reminder may come so early, else it would drift by a run


class Why(StrEnum):
    """Why a channel is told, or is not."""

    FIRST = "first"
    REPEAT = "repeat"
    ESCALATED = "escalated"
    RESOLVED = "resolved"
    UNKNOWN = "unknown"
    TOLD = "told"  # already
    LOST = "lost"  # it could not be told, and will be tried again
    ACKNOWLEDGED = "acknowledged"
    THROTTLED = "throttled"
    SILENCED = "silenced"
    MAINTENANCE = "maintenance"
    EXPLAINED = "explained"  # by an alert that it depends on
    SEVERITY = "severity"  # the channel is not for this one
    PENDING = "pending"
    RECOVERING = "recovering"
    UNSEEN = "unseen"  # nothing is known, not for long enough to say so
    UNTOLD = "untold"  # it is over, and the channel does not want to know, or never knew
    QUIET = "quiet"  # there is nothing to tell

    @property
    def reason(self) -> Reason | None:
        """The reason of the notice that follows; None when none does."""
        return Reason(self.value) if self.value in Reason.__members__.values() else None


class Hush(NamedTuple):
    """What keeps a series from being told."""

    why: Why
    what: str
    until: float | None = None


class Decision(NamedTuple):
    """What was decided for one series and one channel, and when it will next be looked at otherwise."""

    rule: str
    labels: Labels
    channel: str
    at: float
    why: Why
    detail: str = ""
    next_at: float | None = None


class Case(NamedTuple):
    """One series and one channel."""

    rule: Rule
    state: State
    channel: Channel
    told: Told
    at: float
    hush: Hush | None = None
    heard: tuple[Earlier, ...] = ()  # what it was told earlier, whatever became of what it was told last
    lost: bool = False  # that it fires never arrived
    deaf: bool = False  # that nothing is known never arrived
    passed: bool = False  # that it fires another channel was told instead
    unknown_passed: bool = False  # that nothing is known another channel was told instead

    def because(self, why: Why, detail: str = "", next_at: float | None = None) -> Decision:
        return Decision(self.rule.id, self.state.labels, self.channel.name, self.at, why, detail, next_at)

    @property
    def floor(self) -> float:
        """When it may be told again that it fires."""
        return self.told.at + self.rule.throttle if not self.lost else float("-inf")

    @property
    def knows_it_fires(self) -> bool:
        return self.told.open and not (self.lost or self.passed)

    @property
    def knows_of_no_data(self) -> bool:
        return self.told.unknown and not (self.deaf or self.unknown_passed)

    @property
    def earlier(self) -> tuple[Earlier, ...]:
        """The notifications by which it knows what is not over, once another takes their place."""
        fires = Earlier(self.told.id, self.told.severity) if self.knows_it_fires else None
        missing = Earlier(self.told.unknown_id, self.told.unclear, True) if self.knows_of_no_data else None
        return (*self.told.earlier, *filter(None, (fires, missing)))

    @property
    def known(self) -> Told:
        """What it knows by what arrived: when the last did not, that which came before is still open."""
        if not self.heard or self.knows_it_fires:
            return self.told
        severity = next((one.severity for one in reversed(self.heard) if not one.unknown), self.told.severity)
        told, last = self.told._replace(severity=severity), self.heard[-1]
        return told._replace(unknown=True, unclear=last.severity) if last.unknown else told

    @property
    def again(self) -> float:
        """When it is told once more what never arrived."""
        return self.told.reminded + max(self.rule.throttle, AGAIN)

    @property
    def acknowledged(self) -> bool:
        ack = self.state.ack
        return ack is not None and (ack.until is None or self.at < ack.until)

    @property
    def reminder(self) -> float | None:
        """When it is to be reminded."""
        return None if self.rule.remind_every is None else self.told.reminded + self.rule.remind_every


def decide(case: Case) -> Decision:
    """What the channel is told of the series now."""
    if case.state.unknown is not None:
        return _unknown(case)
    if case.state.active:
        return _firing(case)
    if case.state.phase is Phase.PENDING:
        return case.because(Why.PENDING, "its condition has not held for long enough", due(case.rule, case.state))
    if case.told.open or case.told.unknown:
        return _over(case)
    return case.because(Why.QUIET, "its condition does not hold")


def unknown_severity(severity: Severity) -> Severity:
    """Not to know is no reason to send what is for emergencies only."""
    return min(severity, Severity.HIGH)


def _firing(case: Case) -> Decision:
    state, told = case.state, case.told
    if state.phase is Phase.RECOVERING:
        return case.because(Why.RECOVERING, "its condition no longer holds", due(case.rule, state))
    if state.severity not in case.channel.severities:
        return case.because(Why.SEVERITY, f"the channel is not for {state.severity.word}")
    if case.hush:
        return case.because(case.hush.why, case.hush.what, case.hush.until)
    if not told.open:
        if case.at < case.floor and state.severity <= told.severity:
            return case.because(Why.THROTTLED, "it was told too short a while ago", case.floor)
        return case.because(Why.FIRST, "it fires")
    if state.severity > told.severity:
        return case.because(Why.ESCALATED, f"it was {told.severity.word}")
    if told.unknown and not case.deaf:
        return case.because(Why.REPEAT, "its data is back, and it still fires")
    if case.lost:  # whoever has it has not told this channel
        return _once_more(case, Why.FIRST, "it fires, and could not be told before")
    return _reminded(case)


def _once_more(case: Case, why: Why, detail: str) -> Decision:
    if case.at + 1e-3 >= case.again:
        return case.because(why, detail)
    return case.because(Why.LOST, "it could not be told", case.again)


def _reminded(case: Case) -> Decision:
    ack, reminder = case.state.ack, case.reminder
    if reminder is None:
        return case.because(Why.TOLD, "it has been told, and no reminder is wanted")
    if ack and case.acknowledged:
        return case.because(Why.ACKNOWLEDGED, f"by {ack.author}", ack.until)
    pause = case.rule.every if case.state.pause is None else min(case.state.pause, case.rule.every)
    wait = max(reminder - EARLY * min(pause, case.rule.remind_every or 0.0), case.floor)
    if case.at >= wait:
        return case.because(Why.REPEAT, "it still fires")
    return case.because(Why.TOLD, "it has been told", max(reminder, case.floor))


def _unknown(case: Case) -> Decision:
    state, after = case.state, case.rule.unknown_after
    missing = state.why or "no fresh sample"
    if case.told.unknown and not case.deaf:
        return case.because(Why.TOLD, f"it has been told that nothing is known: {missing}")
    if after is None:
        return case.because(Why.UNSEEN, f"{missing}; nobody wants to know")
    if state.unseen + 1e-3 < after:
        return case.because(Why.UNSEEN, missing, case.at + after - state.unseen)
    if unknown_severity(state.severity) not in case.channel.severities:
        return case.because(Why.SEVERITY, f"the channel is not for {unknown_severity(state.severity).word}")
    if case.hush:
        return case.because(case.hush.why, case.hush.what, case.hush.until)
    return _once_more(case, Why.UNKNOWN, missing) if case.told.unknown else case.because(Why.UNKNOWN, missing)


def _over(case: Case) -> Decision:
    if not case.channel.resolved:
        return case.because(Why.UNTOLD, "the channel does not want to know")
    if not (case.heard or case.knows_it_fires or case.knows_of_no_data):
        return case.because(Why.UNTOLD, "it never heard what is over")
    over = CLOSED.get(case.state.why) or ("it is over" if case.told.open else "its data is back")
    return case.because(Why.RESOLVED, over)


def learnt(case: Case, decision: Decision, id_: str) -> Told:
    """What the channel knows after the decision."""
    told, severity, at = case.told, case.state.severity, case.at
    match decision.why:
        case Why.FIRST | Why.ESCALATED:
            return Told(told.channel, at, at, severity, id_, open=True, earlier=case.earlier)
        case Why.REPEAT:
            told = told._replace(at=at, reminded=at, severity=severity, unknown=False)
            if case.lost or case.passed:  # this is the first that it hears, if it hears this one
                return told._replace(id=id_, earlier=case.earlier)
            return told
        case Why.UNKNOWN:
            return told._replace(unknown=True, reminded=at, unknown_id=id_, unclear=unknown_severity(severity))
        case Why.RESOLVED | Why.UNTOLD:
            return told._replace(open=False, unknown=False, earlier=())
    return told
