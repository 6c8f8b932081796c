"""One pass: remember, measure, record. Anyone can read here what dropmon does, in the order in which it does it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from dropmon.checks.memory import BEAT, Memory
from dropmon.checks.run import Limits
from dropmon.checks.samples import samples, series
from dropmon.checks.session import Session
from dropmon.checks.table import Report
from dropmon.errors import DropmonError, StorageError
from dropmon.flows.rows import rows
from dropmon.model import Outcome, Sample, Status, Verdict
from dropmon.output import warn

if TYPE_CHECKING:
    from dropmon.checks.targets import Wanted
    from dropmon.db.watch import Complaint, Unseen, Watched
    from dropmon.logs.recording import Recorded, Recording
    from dropmon.rules import Rules
    from dropmon.sources.run import Answer, Round
    from dropmon.sources.source import Given
    from dropmon.storage import State, Store
    from dropmon.storage.store import Labels, Point

COUNTED = "counted logs"  # the kind of state that says which log lines were counted
DATABASE = "database"  # the kind of check that looks into what answers
SOURCE = "source"  # the kind of state that says when a source last told its numbers
TOLD, LOST = "told", "lost"  # what such a state says
AGAIN = 60.0  # seconds after which a source that failed is asked again, at first
PATIENCE = 3600.0  # seconds that a source may want to be left alone
PUNCTUAL = 0.9  # of its `every`: cron is never quite on time
LATE = ("not done when the run's deadline came", "raise --deadline, or ask for fewer")
TREND = 10  # runs in a spark line
FEW = 500  # checks up to which their trends are read: nobody looks at more of them


class Pass(NamedTuple):
    """What one pass found, and what went wrong beside it. Times in seconds since 1970."""

    began: float
    ended: float
    outcomes: Sequence[Outcome]
    states: Mapping[tuple[str, str], State]
    interrupted: bool
    warnings: Sequence[DropmonError]


@contextmanager
def history(rules: Rules, place: str | None) -> Iterator[Store | None]:
    """The store, or None with a warning when it cannot be opened: a broken history never stops a check."""
    from dropmon.storage import open_for

    try:
        store = open_for(rules, place)
    except StorageError as error:
        warn(f"warning: {error.what}", error.hint)
        yield None
        return
    with store:
        yield store


def check(
    rules: Rules,
    wanted: Wanted,
    limits: Limits,
    store: Store | None = None,
    keep: bool = True,
    seen: Callable[[Outcome], None] = lambda _: None,
    before: Pass | None = None,
) -> Pass:
    """Remembers earlier passes, measures what is wanted, and records what was learnt.

    A store that cannot be read or written ends as a warning of the pass, never as its failure; what the pass `before`
    knew is remembered without one.
    """
    began = limits.clock()
    warnings: list[DropmonError] = []
    memory = remember(store, rules, wanted, began, warnings)
    memory = memory._replace(past={**memory.past, **before.states}) if before else memory
    session = Session(limits, memory, partial(rows, rules), rules.build, rules.defaults.line, seen)
    measured, interrupted = session.measure(wanted, rules.entries(*wanted.sections))
    left = began + limits.deadline - limits.clock()
    outcomes, numbers = looked_into(rules, measured, store, began, left)
    now = memory.now(outcomes)
    if store and keep:
        record(store, measured, numbers, now, warnings)  # whatever is seen in a database: it answered, or not
    return Pass(began, limits.clock(), outcomes, {**memory.past, **now}, interrupted, warnings)


def remember(store: Store | None, rules: Rules, wanted: Wanted, at: float, warnings: list[DropmonError]) -> Memory:
    """What earlier passes left behind; nothing, with a warning, when the store cannot be read."""
    if store is None:
        return Memory(zone=rules.platform.timezone)
    try:
        beats = {dict(labels).get("check", ""): beat for labels, (_, beat) in store.latest(BEAT, at).items()}
        return Memory(store.states(wanted.sections), beats, rules.platform.timezone)
    except StorageError as error:
        warnings.append(error)
        return Memory(zone=rules.platform.timezone)


def looked_into(
    rules: Rules, outcomes: Sequence[Outcome], store: Store | None, at: float, within: float
) -> tuple[list[Outcome], list[Sample]]:
    """The outcomes, each database that answered with what its reports complain of; and the numbers that they leave.

    All of it takes `within` seconds at most; of a database that cannot be looked into in time nobody knows how it is.
    """
    until = time.monotonic() + within
    told: list[Outcome] = []
    numbers: list[Sample] = []
    for outcome in outcomes:
        if outcome.kind == DATABASE and outcome.status is Status.OK and outcome.asked:
            seen = looked(rules, outcome.name, at, until - time.monotonic())
            past = {**rules.databases[outcome.name].labels, "database": outcome.name}
            complaints = seen.complaints(partial(earlier, store, past, at), at)
            outcome = complained(outcome, complaints, seen.unseen)
            numbers += seen.samples
        told.append(outcome)
    return told, numbers


def looked(rules: Rules, name: str, at: float, within: float) -> Watched:
    """What one look into a database of the rules brings: nothing but the reason when it fails."""
    from dropmon.checks.threads import within as in_time
    from dropmon.db.database import of
    from dropmon.db.watch import Unseen, Watched, watch

    database = of(name, rules.databases[name])
    late = Watched(unseen=(Unseen("", *LATE),))
    try:
        return in_time(within, lambda: watch(database, at)) if within > 0 else late
    except TimeoutError:
        return late
    except DropmonError as error:
        return Watched(unseen=(Unseen("", error.what, error.hint),))


def complained(outcome: Outcome, complaints: Sequence[Complaint], unseen: Sequence[Unseen]) -> Outcome:
    """A database that answers and is not well is degraded; one of which not all was seen is not known to be well."""
    if not complaints and not unseen:
        return outcome
    from dropmon.db.watch import doubts

    error = "; ".join([*(each.what for each in complaints), *doubts(unseen)])
    hints = [*(f"dropmon db {each.report}" for each in complaints[:1]), *(each.hint for each in unseen[:1])]
    verdict = Verdict.UNKNOWN if unseen else Verdict.DEGRADED
    return outcome._replace(verdict=verdict, error=error, hint="; ".join(hints))


def earlier(
    store: Store | None, labels: Mapping[str, str], at: float, name: str, start: float, step: float = 0.0
) -> Mapping[Labels, Sequence[Point]]:
    """The samples of one name between two times, by series; none when there is no store, or it cannot be read."""
    from dropmon.history.past import past

    try:
        return past(store, name, labels, start, at, step) if store else {}
    except StorageError:
        return {}


def record(
    store: Store,
    outcomes: Sequence[Outcome],
    numbers: Iterable[Sample],
    now: Mapping[tuple[str, str], State],
    warnings: list[DropmonError],
) -> None:
    """Writes what was learnt, all or nothing."""
    own = (sample for outcome in outcomes for sample in samples(outcome))
    try:
        store.record(chain(own, numbers), now.values())
    except StorageError as error:
        warnings.append(error)


def collect(rules: Rules, given: Sequence[Given], limits: Limits, store: Store | None = None) -> Round:
    """Asks these sources, and records what they told; a store that cannot be written is a warning of the round."""
    from dropmon.rules.sections.sources import servers
    from dropmon.sources import run
    from dropmon.storage.events import events_of

    done = run.collect(given, servers(rules), limits.deadline, limits.clock)
    past = asked(store)
    try:
        if store:
            store.record(done.samples(), [said(each, past) for each in done.answers], now=done.ended)
            events_of(store).keep(done.events(), done.ended)
    except StorageError as error:
        return done._replace(warnings=(error,))
    return done


def asked(store: Store | None) -> Mapping[str, State]:
    """What is remembered of each source; nothing when nobody knows."""
    try:
        return {name: state for (_, name), state in store.states([SOURCE]).items()} if store else {}
    except StorageError:
        return {}


def said(answer: Answer, past: Mapping[str, State]) -> State:
    """What is remembered of an answer: since when it is so, and when a silent source wants to be asked again."""
    from dropmon.storage import State

    name, verdict = answer.given.key, LOST if answer.silent else TOLD
    before = past.get(name)
    since = min(before.since, answer.at) if before and before.verdict == verdict else answer.at
    return State(SOURCE, name, verdict, since, answer.at, answer.retry_at if answer.silent else None)


def due(given: Sequence[Given], store: Store | None, at: float) -> list[Given]:
    """The sources that told nothing within their `every`, up to a little; all when nobody knows.

    One that told nothing at all is asked again after a minute, then after two, four, eight: up to its `every`. None is
    asked before it wants to be, up to an hour.
    """
    past = asked(store)

    def patient(each: Given) -> bool:
        state = past.get(each.key)
        if not each.source or state is None or state.at > at:
            return False
        pause = each.source.every
        if state.verdict == LOST:
            pause = min(pause, max(AGAIN, state.at - state.since))
        return at < max(state.at + pause * PUNCTUAL, min(state.retry_at or 0.0, state.at + PATIENCE))

    return [each for each in given if not patient(each)]


def count(store: Store, stream: str, run: Recording, now: float) -> Recorded:
    """Adds what a run read of a stream of log lines to the counters, each line once whoever has read it before.

    What was counted is kept with the samples, all or nothing, and no other run comes between. Raises StorageError.
    """
    from dropmon.logs.ledger import Ledger, unpacked
    from dropmon.logs.recording import COUNTERS, samples, settled
    from dropmon.storage import State

    told: list[Recorded] = []

    def revised() -> tuple[Iterable[Sample], Iterable[State]]:
        past = store.states([COUNTED]).get((COUNTED, stream))
        after, added, recorded, first = settled(unpacked(past.since, past.verdict) if past else Ledger(), run)
        told.append(recorded)
        latest = {(name, labels): point for name in COUNTERS for labels, point in store.latest(name).items()}
        began = max(past.at if past else 0.0, first or 0.0)
        at = max(now, past.at) if past else now
        return samples(added, latest, began, now), [State(COUNTED, stream, after.packed(), after.floor, at)]

    store.revise(revised)
    store.record((), now=now)  # tidies a little
    return told[0]


def report(done: Pass, rules: Rules, store: Store | None) -> Report:
    """A pass as a screen shows it, with the trend of each check."""
    return Report(
        at=done.began,
        took=done.ended - done.began,
        outcomes=done.outcomes,
        since={key: state.since for key, state in done.states.items()},
        trend=trend(store, done.outcomes) if store and len(done.outcomes) <= FEW else {},
        zone=rules.platform.timezone,
        interrupted=done.interrupted,
    )


def trend(store: Store, outcomes: Sequence[Outcome]) -> dict[tuple[str, str], list[float]]:
    """The last durations of each check, oldest first; none when the store cannot be read."""
    own = {series(outcome): (outcome.kind, outcome.name) for outcome in outcomes}
    try:
        found = store.recent("probe_duration_seconds", TREND, own)
    except StorageError:
        return {}
    return {own[labels]: [value for _, value in points] for labels, points in found.items()}
