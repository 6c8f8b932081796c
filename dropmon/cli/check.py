"""dropmon check: is it up?"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from dropmon import output
from dropmon.checks.probes import registry
from dropmon.checks.run import Limits
from dropmon.cli import quick
from dropmon.cli.options import RulesPath, Storage, seconds
from dropmon.errors import UsageError
from dropmon.model import Status
from dropmon.output import Format

if TYPE_CHECKING:
    from dropmon.checks.table import Report
    from dropmon.checks.targets import Wanted
    from dropmon.flows.cycle import Pass

DATABASE = "database"
WEB = "web"
EXAMPLES = {
    "all": "dropmon check all --format nagios",
    "apis": "dropmon check apis Shopify Stripe",
    WEB: "dropmon check web storefront --vitals",
}


class Kinds(TyperGroup):
    """A command for each kind of check; a kind is imported when it is named."""

    def list_commands(self, ctx: Any) -> list[str]:
        return ["all", *registry(), DATABASE]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            return None
        single = typer.Typer(rich_markup_mode=None, add_completion=False)
        single.command(cmd_name, help=f"{said_of(cmd_name)}\n\nExample: {example_of(cmd_name)}")(command(cmd_name))
        return quick(typer.main.get_command(single))


def said_of(kind: str) -> str:
    """The first line of its help."""
    if kind == "all":
        return "Every check of the rules."
    if kind == DATABASE:
        return "PostgreSQL servers of `databases:`: do they accept a connection and answer?"
    return (registry()[kind].__doc__ or "").splitlines()[0]


def example_of(kind: str) -> str:
    return EXAMPLES.get(kind, f"dropmon check {kind} --format json")


app = typer.Typer(
    cls=Kinds,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Is it up? What is wrong, since when, what to do.\n\nExample: dropmon check apis",
)


@app.callback()
def checks() -> None:
    """A group, however many commands it has."""


class CheckFormat(StrEnum):
    """Every format, and one line for Nagios."""

    RICH = Format.RICH.value
    PLAIN = Format.PLAIN.value
    JSON = Format.JSON.value
    CSV = Format.CSV.value
    MARKDOWN = Format.MARKDOWN.value
    HTML = Format.HTML.value
    NAGIOS = "nagios"


Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME…", help="Only these; an entry with targets names all of its own."),
]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", metavar="TAG", help="Only checks with this tag. Several: any of them.")
]
Watch = Annotated[bool, typer.Option("--watch", help="Measure again and again until Ctrl-C.")]
Every = Annotated[str, typer.Option("--every", metavar="TIME", help="With --watch: the time between two runs.")]
Record = Annotated[bool, typer.Option("--record/--no-record", help="Keep the result in the history.")]
AtOnce = Annotated[
    int, typer.Option("--at-once", metavar="N", min=1, max=500, help="How many are asked at the same time.")
]
Deadline = Annotated[
    str | None,
    typer.Option("--deadline", metavar="TIME", help="For the whole run. Default: 80 % of `defaults.every`."),
]
All = Annotated[bool, typer.Option("--all", help="On a terminal: show every check, however many.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing when all is well: for cron's mail.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Also where the time went, phase by phase.")]
Form = Annotated[
    CheckFormat | None,
    typer.Option(
        "--format", metavar="FORMAT", help=f"{', '.join(CheckFormat)}. Default: rich on a terminal, else plain."
    ),
]


AsksVitals = Annotated[
    bool, typer.Option("--vitals", help="Open the pages in Chromium and measure their web vitals instead.")
]
Device = Annotated[str, typer.Option("--device", metavar="DEVICE", help="With --vitals: desktop or phone.")]
Runs = Annotated[int, typer.Option("--runs", metavar="N", min=1, max=50, help="With --vitals: the p75 of so many.")]
Browser = Annotated[
    str,
    typer.Option("--browser", metavar="PATH", envvar="DROPMON_BROWSER", help="With --vitals. Default: any Chromium."),
]

Show = Callable[["Report"], None]


def command(kind: str) -> Callable[..., Any]:
    """The command that checks one section of the rules, or all."""
    return with_vitals(plain(kind)) if kind == WEB else plain(kind)


def with_vitals(checked: Callable[..., None]) -> Callable[..., Any]:
    """The command that checks pages, which can also be opened."""

    def check(
        name: Names = None, tag: Tags = None, watch: Watch = False, every: Every = "30s", record: Record = True,
        at_once: AtOnce = 50, deadline: Deadline = None, all_: All = False, quiet: Quiet = False,
        verbose: Verbose = False, vitals: AsksVitals = False, device: Device = "desktop", runs: Runs = 3,
        browser: Browser = "", form: Form = None, rules: RulesPath = None, storage: Storage = None,
    ) -> None:  # fmt: skip
        if not vitals:
            return checked(
                name, tag, watch, every, record, at_once, deadline, all_, quiet, verbose, form, rules, storage
            )
        from dropmon.cli.vitals import measured

        if watch or form is CheckFormat.NAGIOS:
            raise UsageError("--vitals is neither watched nor told to Nagios", "let cron run it every hour")
        within = seconds(deadline) if deadline else None
        chosen = Format(form.value) if form else None
        code = measured(rules, storage, name or (), tag or (), (device, runs, browser, within), record, quiet, chosen)
        raise typer.Exit(code)

    return check


def plain(kind: str) -> Callable[..., None]:
    """The command that asks over the network."""
    sections = (*registry(), DATABASE) if kind == "all" else (kind,)

    def check(
        name: Names = None, tag: Tags = None, watch: Watch = False, every: Every = "30s", record: Record = True,
        at_once: AtOnce = 50, deadline: Deadline = None, all_: All = False, quiet: Quiet = False,
        verbose: Verbose = False, form: Form = None,
        rules: RulesPath = None, storage: Storage = None,
    ) -> None:  # fmt: skip
        from dropmon.checks.targets import Wanted

        wanted = Wanted(sections, tuple(name or ()), frozenset(tag or ()))
        pause = seconds(every) if watch else None
        within = seconds(deadline) if deadline else None
        printed = partial(show, form=form, everything=all_, quiet=quiet, verbose=verbose)
        raise typer.Exit(run(rules, wanted, printed, storage, record, at_once, within, pause))

    return check


def run(
    path: Path | None, wanted: Wanted, show: Show, storage: str | None = None, record: bool = True,
    at_once: int = 50, deadline: float | None = None, pause: float | None = None,
) -> int:  # fmt: skip
    """Loads the rules, opens the history, measures and shows; the exit code. Times in seconds."""
    from dropmon import rules as loading
    from dropmon.flows import cycle
    from dropmon.progress import Progress

    rules = loading.load(loading.find(path))
    limits = Limits(at_once, 0.8 * rules.defaults.every if deadline is None else deadline)

    before: Pass | None = None

    def once() -> Report:
        nonlocal before
        with Progress("checked") as progress:
            before = cycle.check(rules, wanted, limits, store, record, lambda _: progress.step(), before)
        for warning in dict.fromkeys(f"warning: {each.what}\n  → {each.hint}" for each in before.warnings):
            output.warn(warning)
        return cycle.report(before, rules, store)

    with cycle.history(rules, storage) as store:
        return repeat(once, show, pause)


def repeat(once: Callable[[], Report], show: Show, pause: float | None) -> int:
    """Runs once, or again and again with a pause of so many seconds; the exit code of the last run."""
    code = Status.UNKNOWN.exit_code
    try:
        while True:
            report = once()
            if pause is not None and report.interrupted:
                return code  # what is on the screen is the last whole run
            if pause is not None and sys.stdout.isatty():
                print("\x1b[H\x1b[2J", end="")
            show(report)
            code = report.status.exit_code
            if pause is None:
                return code
            sys.stdout.flush()
            time.sleep(max(0.0, pause - report.took))
    except KeyboardInterrupt:
        return code


def show(
    report: Report,
    form: CheckFormat | None = None,
    everything: bool = False,
    quiet: bool = False,
    verbose: bool = False,
) -> None:
    """Prints a run."""
    from dropmon.checks.table import nagios, table

    if quiet and report.status is Status.OK:
        return
    if form is CheckFormat.NAGIOS:
        output.write(nagios(report))
        return
    chosen = output.choose(Format(form.value) if form else None)
    lines = None if everything or chosen is not Format.RICH else output.terminal().height
    output.print_table(table(report, lines, verbose), chosen)
