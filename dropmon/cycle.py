"""One pass: measure, record. Anyone can read here what dropmon does, in the order in which it does it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from dropmon.checks.memory import BEAT, Memory
from dropmon.checks.run import Limits, Run
from dropmon.checks.samples import samples, series
from dropmon.checks.table import Report
from dropmon.checks.targets import Aim, Wanted, known
from dropmon.errors import DropmonError, StorageError
from dropmon.output import warn

if TYPE_CHECKING:
    from dropmon.checks.target import Target
    from dropmon.model import Outcome
    from dropmon.rules import Entry, Rules
    from dropmon.storage import State, Store

TREND = 10  # runs in a spark line
QUERY = 30.0  # seconds for the query that names the targets
FEW = 500  # checks up to which their trends are read: nobody looks at more of them


@contextmanager
def history(rules: Rules, place: str | None) -> Iterator[Store | None]:
    """The store, or None with a warning when it cannot be opened: a broken history never stops a check."""
    from dropmon.storage import Retention, open_store

    try:
        store = open_store(place or rules.storage, Retention(rules.history.retention, rules.history.hourly))
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
) -> Report:
    """Measures what is wanted, excuses what our own line explains, asks the providers, records it all.

    A store that cannot be read or written ends as a warning of the report, never as its failure.
    """
    began = limits.clock()
    warnings: list[DropmonError] = []
    memory = remember(store, rules, wanted, warnings)
    outcomes, pages, interrupted = measure(rules, wanted, limits, memory, seen)
    if pages and not interrupted:
        from dropmon.checks import status_page

        outcomes = status_page.explained(outcomes, pages)
    now = memory.now(outcomes)
    if store and keep:
        record(store, outcomes, now, warnings)
    return Report(
        at=began,
        took=limits.clock() - began,
        outcomes=outcomes,
        since={key: state.since for key, state in {**memory.past, **now}.items()},
        trend=trend(store, outcomes, warnings) if store and len(outcomes) <= FEW else {},
        zone=rules.platform.timezone,
        interrupted=interrupted,
        warnings=tuple(warnings),
    )


def measure(
    rules: Rules, wanted: Wanted, limits: Limits, memory: Memory, seen: Callable[[Outcome], None]
) -> tuple[list[Outcome], Mapping[tuple[str, str], str], bool]:
    """The outcomes of everything wanted, the status page of each check that has one, and whether Ctrl-C came."""
    aim = Aim(wanted, partial(rows, rules), rules.build, limits.clock())
    run = Run(limits, memory.beats.get, seen)
    entries = rules.entries(*wanted.sections)
    targets = aim.targets(entries)
    if wanted.names:
        chosen = list(targets)
        found = [*(target.probe.name for target in chosen), *(outcome.name for outcome in aim.failed)]
        known(wanted, [*(entry.name for entry in entries), *found])
        targets = iter(chosen)
    round_ = run.over(impatient(targets, memory, run))
    if round_.unreached and not round_.interrupted:
        from dropmon.checks import line

        round_.outcomes = line.excused(round_, rules.defaults.line)
    return [*round_.in_order(), *aim.failed], aim.pages, round_.interrupted


def impatient(targets: Iterator[Target], memory: Memory, run: Run) -> Iterator[Target]:
    """The targets that may be asked now; those whose server wants peace are told from memory."""
    for target in targets:
        at = run.limits.clock()
        if finding := memory.patience(target.key, at):
            run.tell(target, finding)
        else:
            yield target


def remember(store: Store | None, rules: Rules, wanted: Wanted, warnings: list[DropmonError]) -> Memory:
    """What earlier runs left behind; nothing, with a warning, when the store cannot be read."""
    if store is None:
        return Memory(zone=rules.platform.timezone)
    try:
        beats = {dict(labels)["check"]: beat for labels, (_, beat) in store.latest(BEAT).items()}
        return Memory(store.states(wanted.sections), beats, rules.platform.timezone)
    except StorageError as error:
        warnings.append(error)
        return Memory(zone=rules.platform.timezone)


def record(
    store: Store,
    outcomes: Sequence[Outcome],
    now: Mapping[tuple[str, str], State],
    warnings: list[DropmonError],
) -> None:
    """Writes what was measured, all or nothing."""
    try:
        store.record((sample for outcome in outcomes for sample in samples(outcome)), now.values())
    except StorageError as error:
        warnings.append(error)


def trend(
    store: Store, outcomes: Sequence[Outcome], warnings: list[DropmonError]
) -> dict[tuple[str, str], list[float]]:
    """The last durations of each check, oldest first."""
    own = {series(outcome): (outcome.kind, outcome.name) for outcome in outcomes}
    try:
        found = store.recent("probe_duration_seconds", TREND, own)
    except StorageError as error:
        warnings.append(error)
        return {}
    return {own[labels]: [value for _, value in points] for labels, points in found.items()}


def rows(rules: Rules, entry: Entry) -> Iterable[Mapping[str, str]]:
    """The rows of an entry with `targets:`: all that its query finds, or those of its file as they are read."""
    where = entry.template["targets"] if entry.template else {}
    if "sql" not in where:
        from dropmon.checks.rows import read
        from dropmon.rules.rows import read_rows

        return read(rules.path.parent / where["file"], read_rows)
    from dropmon import postgres

    database = rules.databases[where.get("database", "main")]
    return list(postgres.rows(database.url.get_secret_value(), where["sql"], QUERY))
