"""dropmon alert evaluate: what does the history say of the rules, and who is to be told?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon import output
from dropmon.cli.options import RECENT, Output, RulesPath, Storage, instant

if TYPE_CHECKING:
    from dropmon.alerts.rule import Plan
    from dropmon.flows.judge import Judged
    from dropmon.output import Table
    from dropmon.rules import Rules

app = typer.Typer(rich_markup_mode=None, add_completion=False)

At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="As if it were then. Default: now.")]
Dry = Annotated[bool, typer.Option("--dry-run", "-n", help="Say what would be told; remember and tell nothing.")]
Record = Annotated[bool, typer.Option("--record", help="Remember and tell also what --at says of another time.")]
Send = Annotated[bool, typer.Option("--send", help="Send what is due, as `dropmon cycle` does.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing when nothing fires.")]


@app.command(
    help="Judge every alert by the history, and put what is to be told into the outbox."
    "\n\nExits 0 when nothing fires, 1 for low or medium, 2 for high or critical, 3 when something is not known."
    "\n\nExample: dropmon alert evaluate --dry-run"
)
def evaluate(
    at: At = None, dry_run: Dry = False, record: Record = False, send: Send = False, quiet: Quiet = False,
    rules: RulesPath = None, storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    from dropmon import rules as loading
    from dropmon.flows.planning import plan

    loaded = loading.load(loading.find(rules))
    planned = plan(loaded)
    dry_run = dry_run or not (at is None or record or present(loaded, storage, instant(at, loaded)))
    done = judged(loaded, planned, storage, instant(at, loaded), keep=not dry_run)
    told(loaded, storage, done if send and not dry_run else None)
    table = shown(planned, done, dry_run, send)
    if not (quiet and not table.rows and not done.step.notifications):
        output.print_table(table, form)
    raise typer.Exit(table.status.exit_code if table.status else 0)


def present(rules: Rules, place: str | None, at: float) -> bool:
    """Whether a moment is neither over (a while ago, or judged already) nor yet to come. Says what follows if not."""
    from dropmon.storage import open_for
    from dropmon.storage.alerts import alerts_of

    now = time.time()
    with open_for(rules, place) as store:
        judged = alerts_of(store).turn()[1]
    over = at < now - RECENT or at < judged <= now  # by a clock that ran ahead, nothing is over
    if over or at > now + RECENT:
        when = "past" if over else "in the future"
        output.warn(f"warning: that is {when}: nothing is remembered or told", "say --record if you mean it")
        return False
    return True


def judged(rules: Rules, planned: Plan, place: str | None, at: float, keep: bool) -> Judged:
    """One evaluation; what could not be remembered, and metrics that could not be worked out, are warnings."""
    from dropmon.flows.aside import aside_of
    from dropmon.flows.judge import history, resumed, shared
    from dropmon.storage import open_for

    with open_for(rules, place) as store:
        done = resumed(rules, planned, store, history(rules, store), at, aside_of(rules, place), keep)
    for what, hint in shared(done):
        output.warn(f"warning: {what}", hint)
    for name, why in done.failed.items():
        output.warn(f"warning: {name}: {why}")
    if done.problem:
        output.warn(f"warning: {done.problem.what}: nothing of this evaluation is remembered", done.problem.hint)
    return done


def told(rules: Rules, place: str | None, done: Judged | None) -> None:
    """Sends what is due; what could not be put into the outbox is sent at once, and that it was is kept aside."""
    if done is None:
        return
    from dropmon.flows import telling, unkept
    from dropmon.flows.aside import aside_of

    if done.problem:
        sent = telling.say_at_once(rules, done.step.notifications, time.time, place)
        unkept.keep(aside_of(rules, place), done, sent)
        return
    for warning in telling.tell(rules, place, time.time).warnings:
        output.warn(f"warning: {warning.what}", warning.hint)


def paused(planned: Plan, done: Judged) -> list[str]:
    """What to say of a pause between two evaluations that is longer than the rules promise."""
    from dropmon.alerts.evaluate import LATE
    from dropmon.units import human_duration

    every = min((rule.every for rule in planned.rules), default=0.0)
    if not (planned.rules and done.last and done.at - done.last > LATE * every):
        return []
    said, most = human_duration(round(done.at - done.last)), human_duration(LATE * every)
    return [f"judged last {said} ago, and defaults.every is {human_duration(every)}: `for` counts {most} of it"]


def shown(planned: Plan, done: Judged, dry: bool, sent: bool) -> Table:
    """What fires, and what is told of it."""
    from dropmon.alerts.listing import table
    from dropmon.flows.judge import own

    notes = [
        f"{'would tell' if dry else 'tells'} {one.channel}: {one.reason.value}, {len(one.alerts)} alert"
        f"{'' if len(one.alerts) == 1 else 's'}: {', '.join(dict.fromkeys(alert.name for alert in one.alerts))}"
        for one in done.step.notifications
    ]
    if notes and not dry and not sent:
        notes.append("they wait in the outbox: dropmon cycle sends them, or dropmon alert outbox --send")
    notes += paused(planned, done)
    if done.late:
        notes.append("another process has judged a later moment meanwhile: nothing was decided here")
    states = own(planned, done.step.states.values())
    return table({rule.id: rule for rule in planned.rules}, states, done.at, tuple(notes))
