"""One evaluation of all rules: what was known, what is seen, what is told. Pure, so that the past can be replayed.

The clock may have been set back since the last one: no time that is remembered is then later than now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from dropmon.alerts import depends
from dropmon.alerts.condition import Answer
from dropmon.alerts.evaluate import Seen, moved
from dropmon.alerts.flap import recent
from dropmon.alerts.notification import Notification, Phase, Severity
from dropmon.alerts.rule import Labels, Plan, Rule
from dropmon.alerts.state import Key, State, not_after

if TYPE_CHECKING:
    from dropmon.alerts import silence
    from dropmon.alerts.route import Case, Decision, Hush

ABANDONED = 7 * 86400.0  # seconds after which what nobody knows anything of is over
GONE = 86400.0  # seconds after which what no rule speaks of is over: another file may share the history
WORDS = {severity.word: severity for severity in Severity}

States = Mapping[Key, State]


class Edge(NamedTuple):
    """A series went from one phase to another."""

    rule: str
    labels: Labels
    at: float
    before: Phase
    after: Phase
    value: float | None = None


class Step(NamedTuple):
    """What follows from an evaluation."""

    states: States
    notifications: tuple[Notification, ...]
    decisions: tuple[Decision, ...]
    edges: tuple[Edge, ...]


def step(
    plan: Plan,
    states: States,
    answers: Mapping[str, Answer],
    silences: Collection[silence.Silence],
    at: float,
    dead: Collection[str] = (),
    failed: Collection[str] = (),
) -> Step:
    """The states after an evaluation at a time, in seconds since 1970, and what is to be told.

    A rule without an answer was not asked: its series stay as they are. `dead` are notifications that never arrived,
    `failed` also those that another channel told instead.
    """
    past = {key: not_after(state, at) for key, state in states.items()}
    now = dict(past)
    rules = {rule.id: rule for rule in plan.rules}
    series: dict[str, dict[Labels, State]] = {}
    for (id_, labels), state in past.items():
        series.setdefault(id_, {})[labels] = state
    for rule in plan.rules:
        if rule.enabled and rule.id in answers:
            for state in _judged(rule, series.get(rule.id, {}), answers[rule.id], at):
                now[state.key] = state
    now |= {state.key: state for state in _abandoned(rules, now, at)}
    troubled = depends.troubled(now.values(), at)
    cases = [
        case
        for state in now.values()
        for case in _cases(plan, rules.get(state.rule) or gone(state), state, silences, troubled, at, dead, failed)
    ]
    decided = _decided(cases) if cases else []
    told = _told(plan, decided, now, at) if decided else ()
    edges = tuple(_edges(states, now, at))
    kept = {key: state for key, state in now.items() if not _forgotten(rules.get(key[0]) or gone(state), state, at)}
    return Step(kept, told, tuple(decision for _, decision in decided), edges)


def _decided(cases: Iterable[Case]) -> list[tuple[Case, Decision]]:
    from dropmon.alerts.route import decide  # mostly there is nothing to decide

    return [(case, decide(case)) for case in cases]


def gone(state: State) -> Rule:
    """What stands for a rule that is no longer in the file."""
    return Rule(state.rule, "", state.severity, enabled=False)


def hushed(
    plan: Plan, rule: Rule, state: State, silences: Iterable[silence.Silence], troubled: frozenset[str], at: float
) -> Hush | None:
    """What keeps a series from being told, if anything does."""
    from dropmon.alerts import maintenance, silence
    from dropmon.alerts.route import Hush, Why

    labels = silence.said(rule, state.labels, state.severity.word)
    if held := silence.covering(silences, labels, at):
        return Hush(Why.SILENCED, f"by {held.author}: {held.comment} ({held.id})", held.end)
    if open_ := maintenance.covering(plan.windows, labels, at):
        return Hush(Why.MAINTENANCE, open_[0].name, open_[1])
    if parent := depends.explained_by(rule, troubled):
        return Hush(Why.EXPLAINED, f"by {parent}")
    return None


def _judged(rule: Rule, before: Mapping[Labels, State], answer: Answer, at: float) -> Iterator[State]:
    """The states of the series of a rule, those it had and those it has."""
    seen = _series(rule, answer)
    nothing = Seen(None, severity=rule.severity, why=answer.error)
    carried = False
    counts = rule.counts
    for labels, state in before.items():
        if labels not in seen:
            waits = state.phase is not Phase.RESOLVED
            known = not (waits or not labels) or answer.still(labels, state.side)
            carried |= waits and not known
            sample = answer.newest(labels) if known and state.active and counts else None
            yield moved(rule.of(labels), state, Seen(False, sample=sample) if known else nothing, at)
    for labels, one in seen.items():
        past = before.get(labels) or State(rule.id, labels)
        sample = answer.newest(labels) if counts and not past.active else None
        yield moved(rule.of(labels), past, one._replace(sample=sample, side=answer.side(labels)), at)
    if not (seen or carried or () in before or answer.known(())):
        yield moved(rule, State(rule.id, (), since=at), nothing, at)


def _series(rule: Rule, answer: Answer) -> dict[Labels, Seen]:
    """What meets the condition. A label `severity` says how serious it is, and the most serious counts."""
    found: dict[Labels, Seen] = {}
    for labels, value in answer.vector:
        severity = WORDS.get(dict(labels).get("severity", ""), rule.severity)
        key = tuple(pair for pair in labels if pair[0] != "severity")
        if key not in found or severity > found[key].severity:
            found[key] = Seen(True, value, severity)
    return found


def _abandoned(rules: Mapping[str, Rule], states: States, at: float) -> Iterator[State]:
    """What is over because nobody can say that it is not."""
    for state in states.values():
        rule = rules.get(state.rule)
        if why := _left(rule, state, at):
            over = state._replace(phase=Phase.RESOLVED, since=at, ended=at, unknown=None, unseen=0.0, at=at, ack=None)
            yield over._replace(why=why)


def _left(rule: Rule | None, state: State, at: float) -> str:
    """Why a series is over though nobody knows that it is well: a word of `state.CLOSED`, or nothing."""
    if state.phase is Phase.RESOLVED and state.unknown is None:
        return ""
    if rule is None:
        return "gone" if at - state.at >= GONE else ""
    if not rule.enabled:
        return "off"
    return "given_up" if _lost(state, at) else ""


def _lost(state: State, at: float) -> bool:
    """Whether a series is not measured any more. That none of a rule is measured stays unknown until it is known."""
    waits = state.phase is not Phase.RESOLVED and state.labels != ()
    return waits and state.unknown is not None and at - state.unknown >= ABANDONED


def _cases(
    plan: Plan, rule: Rule, state: State, silences: Collection[silence.Silence], troubled: frozenset[str], at: float,
    dead: Collection[str], failed: Collection[str],
) -> Iterator[Case]:  # fmt: skip
    """The series with each channel that is told of it, or was."""
    if rule.condition == "" and state.phase is not Phase.RESOLVED:
        return
    from dropmon.alerts.route import Case

    former = (told.channel for told in state.told if told.open or told.unknown)
    former = (name for name in former if name in plan.channels)
    quiet = hushed(plan, rule, state, silences, troubled, at) if state.active or state.unknown is not None else None
    for name in dict.fromkeys((*rule.channels, *former)):
        if name in rule.channels or not state.active:
            told = state.of(name)
            lost = [id_ != "" and id_ in dead for id_ in (told.id, told.unknown_id)]
            passed = [id_ in failed for id_ in (told.id, told.unknown_id)]
            heard = tuple(one for one in told.earlier if one.id not in dead and one.id not in failed)
            yield Case(rule.of(state.labels), state, plan.channel(name), told, at, quiet, heard, *lost, *passed)


def _told(
    plan: Plan, decided: Iterable[tuple[Case, Decision]], now: dict[Key, State], at: float
) -> tuple[Notification, ...]:
    """The messages; every state learns what was told of it."""
    from dropmon.alerts.group import Notice, grouped
    from dropmon.alerts.route import learnt

    notices = [
        (Notice(case.channel.name, decision.why.reason, case.rule, _as_told(case, decision)), case, decision)
        for case, decision in decided
        if decision.why.reason
    ]
    found = grouped((notice for notice, _, _ in notices), at, plan.platform)
    ids = {(one.channel, one.state.key): message.id for message, those in found for one in those}
    for case, decision in decided:
        key = case.state.key
        id_ = ids.get((case.channel.name, key), "")
        state = now[key].telling(learnt(case, decision, id_)) if id_ or case.state.told else now[key]
        now[key] = state._replace(sent=state.sent + bool(id_))
    return tuple(message for message, _ in found)


def _as_told(case: Case, decision: Decision) -> State:
    """The state as the channel is told it: an end as severe as its beginning was, or who was told that is not told."""
    from dropmon.alerts.route import Why

    state = case.state if case.known == case.told else case.state.telling(case.known)
    over = decision.why is Why.RESOLVED and case.told.open
    return state._replace(severity=case.known.severity) if over else state


def _edges(before: States, now: States, at: float) -> Iterator[Edge]:
    for key, state in sorted(now.items()):
        was = before[key].shown if key in before else Phase.RESOLVED
        if was is not state.shown:
            yield Edge(*key, at, was, state.shown, state.value)


def _forgotten(rule: Rule, state: State, at: float) -> bool:
    """Whether nothing of it matters any more."""
    if state.phase is not Phase.RESOLVED or state.unknown is not None:
        return False
    waits = any(told.open or told.unknown or told.at + rule.throttle > at for told in state.told)
    return not waits and not recent(rule, state.begun, at)
