"""Judge: what the history says of the rules, who is told, and that it is remembered. The middle of a cycle.

Numbers are read before anything is locked. Then one process at a time decides, upon what is remembered at that moment,
and writes the states and the messages that follow from them in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dropmon.alerts import state
from dropmon.alerts.condition import Answer, Query, ask, remembered
from dropmon.alerts.step import Step, step
from dropmon.errors import StorageError
from dropmon.storage.alerts import AlertStore, Changed, Kept, Silenced, alerts_of

if TYPE_CHECKING:
    from dropmon.alerts.notification import Notification
    from dropmon.alerts.rule import Plan
    from dropmon.alerts.silence import Silence
    from dropmon.alerts.state import Key, State
    from dropmon.flows.aside import Aside
    from dropmon.flows.promises import Burned
    from dropmon.history.promql import Select
    from dropmon.history.selection import Selection
    from dropmon.model import Sample
    from dropmon.rules import Rules
    from dropmon.storage import Store

EMPTY = Step({}, (), (), ())
NOTHING: Mapping[Key, State] = MappingProxyType({})


class Judged(NamedTuple):
    """What one evaluation brought."""

    at: float
    step: Step
    answers: Mapping[str, Answer]
    samples: int = 0  # of `metrics:`, recorded
    failed: Mapping[str, str] = {}  # metrics that cannot be evaluated or kept, and why
    problem: StorageError | None = None  # nothing of this is remembered: who tells it tells it without an outbox
    last: float = 0.0  # when the alerts were judged before
    others: tuple[str, ...] = ()  # rules files that used the same history a while ago
    late: bool = False  # another process has judged a later moment meanwhile: nothing was decided here
    before: Mapping[Key, State] = NOTHING  # what was remembered, where nothing of this is


class Evaluated(NamedTuple):
    """What the history says at one moment."""

    answers: Mapping[str, Answer]
    samples: list[Sample]
    failed: Mapping[str, str]


def judge(
    rules: Rules, plan: Plan, store: Store, select: Select, at: float, keep: bool = True,
    aside: Mapping[Key, State] = NOTHING,
) -> Judged:  # fmt: skip
    """Evaluates every metric and every alert at a time, decides, and remembers it unless `keep` is false.

    `aside` are states that the store could not keep when they were decided: where they are later, they count.
    Raises StorageError when the history cannot be read. One that cannot be written is the problem of what comes back:
    better told again than not at all.
    """
    alerts = alerts_of(store)
    turn, last = alerts.turn()
    others = alerts.others(at)
    remembers = {one.rule for one in alerts.states()} | {rule for rule, _ in aside}
    burned = budgets(rules, store, select, at)
    plan = burned.plan(plan) if burned else plan
    found = evaluated(rules, plan, select, at, burned)
    for rule in plan.rules:
        answer = found.answers.get(rule.id)
        if answer and (answer.vector or rule.id in remembers):
            answer.read(rule.counts)  # what deciding may need, before others have to wait
    if not keep:
        done, before = decided(plan, alerts, found.answers, at, aside)
        return Judged(
            at, done, found.answers, len(found.samples), found.failed, others=others, before={**before, **aside}
        )
    found = recorded(store, found, at)
    try:
        alerts.use(at, rules.defaults.every)
        return written(plan, alerts, found, at, turn, aside)._replace(last=last, others=others)
    except StorageError as error:
        done, before = decided(plan, alerts, found.answers, at, aside)
        return Judged(at, done, found.answers, 0, found.failed, problem=error, before={**before, **aside})


def resumed(
    rules: Rules, plan: Plan, store: Store, select: Select, at: float, aside: Aside, keep: bool = True
) -> Judged:  # fmt: skip
    """Judges with what was decided while the store could not be written, and forgets that once it is remembered."""
    before = aside.read()
    done = judge(rules, plan, store, select, at, keep, before)
    if before and keep and not (done.problem or done.late):
        aside.forget()
    return done


def budgets(rules: Rules, store: Store, select: Select, at: float) -> Burned | None:
    """How fast the error budgets of SLOs burn; None where nothing was promised."""
    if "slos" not in rules.given:
        return None
    from dropmon.flows import promises

    return promises.burned(rules, store, select, at)


def evaluated(rules: Rules, plan: Plan, select: Select, at: float, burned: Burned | None = None) -> Evaluated:
    """What every metric and every condition is at a time."""
    if "metrics" not in rules.given and not burned:
        return Evaluated(answered(plan, select, at), [], {})
    from dropmon.alerts import recording
    from dropmon.history.overlay import Overlay

    metrics = rules.metrics if "metrics" in rules.given else {}
    names = recording.order(metrics, uses) if metrics else []
    over = Overlay(select, [*names, *(burned.names if burned else ())], round(at * 1000))
    over.add(burned.samples if burned else ())
    samples, failed = recording.recorded(metrics, names, query(over), over.add, at)
    if burned:
        samples, failed = [*samples, *burned.samples], {**failed, **burned.failed}
    return Evaluated(answered(plan, over, at), samples, failed)


def answered(plan: Plan, select: Select, at: float) -> dict[str, Answer]:
    """What every condition is at a time."""
    asking = remembered(query(select))
    return {rule.id: ask(rule.condition, asking, at) for rule in plan.rules if rule.enabled}


def recorded(store: Store, found: Evaluated, at: float) -> Evaluated:
    """Keeps the samples of the metrics; that they cannot be kept keeps no alert from being decided."""
    try:
        if found.samples:
            store.record(found.samples, now=at)
    except StorageError as error:
        return found._replace(failed={**found.failed, "metrics": error.what})
    return found


def own(plan: Plan, states: Iterable[State]) -> list[State]:
    """Those of rules of the plan: others are of another file, or of none any more."""
    rules = {rule.id for rule in plan.rules}
    return [each for each in states if each.rule in rules]


def shared(done: Judged) -> Iterator[tuple[str, str]]:
    """What to say of other rules files that use the same history, and what to do."""
    for path in done.others:
        yield f"{path} uses the same history", "give each rules file its own: `storage: FILE`"


def uses(expression: str) -> set[str]:
    """The names of the metrics that an expression reads."""
    from dropmon.rules.promql import metrics

    return metrics(expression)


def query(select: Select) -> Query:
    """Asks a history; labels come without the metric's name."""
    from dropmon.history.promql import Scalar, Vector, evaluate

    def asking(expression: str, at: float) -> list[tuple[tuple[tuple[str, str], ...], float]]:
        value = evaluate(expression, select, at)
        if isinstance(value, Scalar):
            return [((), value.value)]
        if not isinstance(value, Vector):
            raise ValueError("the condition is no vector: a range or a text says neither yes nor no")
        return [(tuple(pair for pair in labels if pair[0] != "__name__"), number) for labels, number in value.samples]

    return asking


def known(alerts: AlertStore) -> dict[Key, State]:
    """What is remembered."""
    return {(one.rule, one.labels): state.unpacked(one.body) for one in alerts.states()}


def decided(
    plan: Plan, alerts: AlertStore, answers: Mapping[str, Answer], at: float, aside: Mapping[Key, State] = NOTHING
) -> tuple[Step, dict[Key, State]]:  # fmt: skip
    """What follows from what is remembered now and what was seen; and what the store remembered."""
    kept = known(alerts)
    before = kept | {key: one for key, one in aside.items() if key not in kept or kept[key].at < one.at}
    silences = [silence(one) for one in alerts.silences() if one.end > at]
    told = state.ids(before.values())
    instead = alerts.instead(told) if told else ()
    failed = alerts.failed(told) if told else ()
    dead = alerts.lost(failed) if failed else ()
    return step(plan, state.told_instead(before, instead), answers, silences, at, dead, failed), kept


def silence(kept: Silenced) -> Silence:
    """As the alerts know it."""
    from dropmon.alerts.silence import Silence

    return Silence(*kept)


def written(
    plan: Plan, alerts: AlertStore, found: Evaluated, at: float, turn: int, aside: Mapping[Key, State] = NOTHING
) -> Judged:  # fmt: skip
    """Decides and remembers, as the only process that does; not when another has seen a later moment meanwhile."""
    with alerts.writing():
        now, last = alerts.turn()
        if now != turn and at <= last:
            return Judged(
                at, EMPTY._replace(states=known(alerts)), found.answers, len(found.samples), found.failed, late=True
            )
        done, before = decided(plan, alerts, found.answers, at, aside)
        changed = [each for key, each in done.states.items() if each != before.get(key)]
        gone = before.keys() - done.states.keys()
        if changed or gone:
            rows = (Kept(each.rule, each.labels, each.shown.value, each.at, state.packed(each)) for each in changed)
            alerts.keep(rows, gone, at)
        if done.notifications:
            tell(alerts, done.notifications, at)
        if done.edges:
            edges = (Changed(e.at, e.rule, e.labels, e.before.value, e.after.value, e.value) for e in done.edges)
            alerts.note(edges, at)
    return Judged(at, done, found.answers, len(found.samples), found.failed)


def tell(alerts: AlertStore, notifications: Iterable[Notification], at: float) -> None:
    """Puts messages into the outbox."""
    from dropmon.alerts import packing
    from dropmon.storage.outbox import Row

    alerts.tell((Row(one.id, one.channel, packing.packed(one), one.at) for one in notifications), at)


def history(rules: Rules, store: Store) -> Selection:
    """The history of a store as PromQL reads it, for one evaluation."""
    from dropmon.history.selection import Selection
    from dropmon.rules.intervals import interval

    return Selection(store, interval(rules))
