"""dropmon source: what do others know?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon import output
from dropmon.cli.options import Output, RulesPath, Storage, seconds
from dropmon.model import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dropmon.output import Format
    from dropmon.rules import Rules
    from dropmon.sources.source import Given
    from dropmon.storage import Store

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="What do others know? Their numbers, kept as metrics.\n\nKinds: sentry, vercel, uptimerobot, supabase,"
    " cloudwatch, datadog, newrelic, prometheus, openmetrics, json, sql, crux, pagespeed, beacons."
    "\n\nExample: dropmon source collect",
)

Names = Annotated[list[str] | None, typer.Argument(metavar="NAME…", help="Only these. Default: all.")]
Tested = Annotated[list[str], typer.Argument(metavar="NAME…", help="The sources to ask.")]
Record = Annotated[bool, typer.Option("--record/--no-record", help="Keep the numbers in the history.")]
Deadline = Annotated[
    str | None,
    typer.Option("--deadline", metavar="TIME", help="For the whole run. Default: 80 % of `defaults.every`."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing when all is well: for cron's mail.")]


@app.command("list")
def list_(rules: RulesPath = None, form: Output = None) -> None:
    """What is configured: each source, and what it asks. Asks nothing.

    Example: dropmon source list
    """
    from dropmon.sources.table import listed

    output.print_table(listed(given(loaded(rules))), form)


@app.command()
def collect(
    name: Names = None, record: Record = True, deadline: Deadline = None, quiet: Quiet = False,
    rules: RulesPath = None, storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    """Ask the sources, keep their numbers in the history, and show them. One that fails stops no other.

    Example: dropmon source collect
    """
    from dropmon.flows import cycle

    within = seconds(deadline) if deadline else None
    found = loaded(rules)
    wanted = given(found, name or ())
    if not record:
        raise typer.Exit(ask(found, wanted, None, within, form, quiet))
    with cycle.history(found, storage) as store:
        raise typer.Exit(ask(found, wanted, store, within, form, quiet))


@app.command("test")
def try_(name: Tested, deadline: Deadline = None, rules: RulesPath = None, form: Output = None) -> None:
    """Ask some sources and show what they tell, without keeping it.

    Example: dropmon source test active_users
    """
    found = loaded(rules)
    within = seconds(deadline) if deadline else None
    raise typer.Exit(ask(found, given(found, name), None, within, form))


def loaded(path: Path | None) -> Rules:
    from dropmon import rules

    return rules.load(rules.find(path))


def given(rules: Rules, names: Sequence[str] = ()) -> list[Given]:
    """The sources of these names, in any case; all, when none is named. Raises UsageError for a name that is none."""
    from dropmon.errors import UsageError
    from dropmon.rules.problems import suggest
    from dropmon.rules.sections import sources

    found = sources.given(rules)
    known = {each.name.casefold(): each.name for each in found}
    for name in names:
        if name.casefold() not in known:
            hint = suggest(name, known.values()) or "dropmon source list shows them"
            raise UsageError(f"there is no source {name!r}", hint)
    wanted = {name.casefold() for name in names} or set(known)
    return [each for each in found if each.name.casefold() in wanted]


def ask(
    rules: Rules, wanted: Sequence[Given], store: Store | None, within: float | None, form: Format | None,
    quiet: bool = False,
) -> int:  # fmt: skip
    """Asks, records if there is a store, and shows; the exit code. `within` is in seconds."""
    from dropmon.checks.run import Limits
    from dropmon.flows import cycle
    from dropmon.sources.table import table

    limits = Limits(deadline=0.8 * rules.defaults.every if within is None else within, clock=time.time)
    done = cycle.collect(rules, wanted, limits, store)
    for each in done.warnings:
        output.warn(f"warning: {each.what}", each.hint)
    if not (quiet and done.status is Status.OK):
        output.print_table(table(done, rules.platform.timezone), form)
    return done.status.exit_code
