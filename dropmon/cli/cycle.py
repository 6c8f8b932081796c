"""dropmon cycle: everything once, for cron."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon import output
from dropmon.cli.options import RulesPath, Storage, seconds
from dropmon.model import Status

if TYPE_CHECKING:
    from pathlib import Path

    from dropmon.flows.cycle import Pass
    from dropmon.flows.tick import Ticked
    from dropmon.flows.turn import Turn
    from dropmon.rules import Rules
    from dropmon.sources.run import Answer
    from dropmon.sources.source import Given

app = typer.Typer(rich_markup_mode=None, add_completion=False)

REASONS = 3  # of one source, that are shown

Deadline = Annotated[
    str | None,
    typer.Option("--deadline", metavar="TIME", help="For the whole run. Default: 80 % of `defaults.every`."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing when all is well: for cron's mail.")]


@app.command(
    help="Check everything, ask the sources, keep it, judge every alert and send what is due: once, for cron."
    "\n\nExits with the worst of all of it: 0 well, 1 warning, 2 critical, 3 unknown. Runs never overlap: one that"
    " finds another at work says how long that has been running, and exits 3.\n\nExample: dropmon cycle --quiet"
)
def cycle(deadline: Deadline = None, quiet: Quiet = False, rules: RulesPath = None, storage: Storage = None) -> None:
    from dropmon import rules as loading
    from dropmon.lock import alone

    within = seconds(deadline) if deadline else None
    loaded = loading.load(loading.find(rules))
    with alone(locked(loaded, storage), "dropmon cycle", time.time()):
        raise typer.Exit(run(loaded, storage, within, quiet))


def run(rules: Rules, place: str | None, within: float | None, quiet: bool) -> int:
    """One turn, shown while it goes on; the exit code. `within` is in seconds."""
    from dropmon.checks.probes import registry
    from dropmon.checks.targets import Wanted
    from dropmon.flows.turn import turn

    def seen(done: Pass) -> None:
        if said := checked(done, rules, quiet):
            output.write(said)

    def given() -> Sequence[Given]:
        if "sources" not in rules.given:
            return ()
        from dropmon.rules.sections import sources  # only now: it takes as long as ten probes

        return sources.given(rules)

    whole = Wanted((*registry(), "database"))
    limit = 0.8 * rules.defaults.every if within is None else within
    done = turn(rules, place, whole, given, limit, time.time, seen)
    for line in told(done, quiet):
        output.write(line)
    warned(done)
    return status(done).exit_code


def locked(rules: Rules, place: str | None) -> Path:
    """The lock, beside the history."""
    from dropmon.storage import place_of

    path = place_of(rules, place)
    return path.with_name(f"{path.name}.cycle.lock")


def checked(done: Pass, rules: Rules, quiet: bool = False) -> str:
    """The verdict of the checks in one line; nothing when there are none, or all is well and nobody wants to know."""
    from dropmon.checks.table import headline
    from dropmon.flows import cycle

    report = cycle.report(done, rules, None)
    return "" if not report.outcomes or (quiet and report.status is Status.OK) else headline(report)


def told(done: Turn, quiet: bool = False) -> Iterator[str]:
    """What the sources, the alerts and the channels have to say."""
    yield from collected(done, quiet)
    yield from heard(done, quiet)


def collected(done: Turn, quiet: bool = False) -> Iterator[str]:
    """What the sources told, and why the others did not."""
    if done.collected is None:
        if done.resting and not quiet:
            yield line(Status.OK, "sources", "none of them is due yet")
        return
    answers = done.collected.answers
    silent = [each.given.name for each in answers if each.silent]
    partial = [each.given.name for each in answers if each.failed and not each.silent]
    if quiet and not silent and not partial:
        return
    said = [f"no number from {', '.join(silent)}"] if silent else []
    said += [f"not every number from {', '.join(partial)}"] if partial else []
    whole = f"{len(answers)} told {'its' if len(answers) == 1 else 'their'} numbers"
    yield line(done.collected.status, "sources", "; ".join(said) or whole)
    for each in answers:
        yield from (f"  {output.clean(f'{each.given.name}: {why}')}" for why in reasons(each))


def reasons(answer: Answer) -> list[str]:
    """Why a source told no number, each reason once; the first ones of many."""
    missed = [each for each in answer.readings if each.value is None]
    found = list(dict.fromkeys((each.error, each.hint) for each in missed))
    shown = [error + (f" → {hint}" if hint else "") for error, hint in found[:REASONS]]
    return shown + ([f"and {len(found) - REASONS} more"] if len(found) > REASONS else [])


def heard(done: Turn, quiet: bool = False) -> Iterator[str]:
    """What the alerts and the channels have to say."""
    if done.judged and done.planned:
        from dropmon.cli.alert.evaluate import shown

        table = shown(done.planned, done.judged, dry=False, sent=True)
        if not (quiet and table.status is Status.OK and not table.notes):
            yield line(table.status or Status.OK, "alerts", table.headline)
            yield from (f"  {output.clean(note)}" for note in table.notes)
    if done.ticked:
        yield from ticked(done.ticked, quiet)
    for each in done.sent.tried if done.sent else ():
        if each.why:
            yield f"  {output.clean(f'{each.channel}: {each.end.value}: {each.why}')}"


def ticked(done: Ticked, quiet: bool) -> Iterator[str]:
    """What is broken, and what happened about it."""
    from dropmon.cli.incident.tick import told
    from dropmon.incidents import listing

    if done.open or done.log:
        worst = Status.worst([Status.OK, *map(listing.status, done.open)])
        if not (quiet and worst is Status.OK and not done.log):
            yield line(worst, "incidents", listing.headline(done.open))
        yield from (f"  {output.clean(each)}" for each in told(done))


def line(status: Status, what: str, said: str) -> str:
    return f"{status.symbol} {status.name}  {what}: {output.clean(said)}"


def warned(done: Turn, before: Collection[tuple[str, str]] = ()) -> set[tuple[str, str]]:
    """Says what went wrong, each thing once, and not again what was said `before`; all that goes wrong."""
    now = dict.fromkeys(wrong(done))
    for what, hint in now:
        if (what, hint) not in before:
            output.warn(f"warning: {what}", hint)
    return set(now)


def wrong(done: Turn) -> Iterator[tuple[str, str]]:
    """What went wrong, and what to do."""
    yield from ((each.what, each.hint) for each in done.problems)
    if not done.remembered and done.judged:
        hint = "mend the history: until then every alert is judged by one run alone, and told at once"
        yield "nothing of this is remembered", hint
    if done.judged:
        from dropmon.flows.judge import shared

        yield from shared(done.judged)
    yield from untold(done)
    for name, why in done.judged.failed.items() if done.judged else ():
        promised = name.partition(".")[0] == "slos"
        what = name if promised else f"the metric {name}"
        yield f"{what} cannot be evaluated: {why}", "dropmon rules check" if promised else "dropmon alert lint"


def untold(done: Turn) -> Iterator[tuple[str, str]]:
    """Alerts of earlier runs of which a channel has not heard."""
    from dropmon.alerts.route import Why

    late = done.sent.late if done.sent else ()
    yield from dict.fromkeys(
        (f"{one.channel} still waits to be told: {one.why}", "dropmon alert outbox") for one in late
    )
    for one in done.judged.step.decisions if done.judged else ():
        if one.why is Why.LOST:
            what = f"{one.channel} could not be told of {one.rule}, and is told again in a while"
            yield what, f"dropmon alert test {one.channel}"


def status(done: Turn) -> Status:
    """The worst of checks, sources, alerts and channels; what could not be done is not known."""
    from dropmon.alerts import listing

    found = [outcome.status for outcome in (done.passed.outcomes if done.passed else ())]
    if done.collected:
        found.append(done.collected.status)
    elif done.resting:
        found.append(Status.OK)
    if done.judged and done.planned:
        from dropmon.flows.judge import own

        found += map(listing.status, own(done.planned, done.judged.step.states.values()))
    if done.ticked:
        from dropmon.incidents import listing as incidents

        found += map(incidents.status, done.ticked.open)
    if done.planned and done.planned.rules:
        found.append(Status.OK)
    if done.sent and (done.sent.tried or done.sent.warnings or done.sent.late):
        found.append(done.sent.status)
    if not done.judged or not done.remembered or done.judged.failed or (done.passed and done.passed.interrupted):
        found.append(Status.UNKNOWN)
    return Status.worst([*found, Status.WARNING] if done.problems else found)
