"""dropmon vitals: is the page fast for those who open it?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon import output
from dropmon.cli.options import Output, RulesPath, Storage, instant
from dropmon.model import Status

if TYPE_CHECKING:
    from dropmon.flows.frontend import Lab, Measured
    from dropmon.output import Format
    from dropmon.rules import Rules
    from dropmon.storage import Store
    from dropmon.vitals.figure import Figure
    from dropmon.vitals.table import Answer

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Is the page fast for those who open it? Web vitals, whoever tells them.\n\nExample: dropmon vitals show",
)

Names = Annotated[list[str] | None, typer.Argument(metavar="NAME…", help="Only these checks of `web:`. Default: all.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="As it was then: 2026-11-23, 7d. Default: now.")]
Table = Annotated[str, typer.Option("--table", metavar="NAME", help="The table of the beacons.")]
Role = Annotated[str, typer.Option("--role", metavar="NAME", help="Who may add to it: anon, as Supabase calls it.")]
Most = Annotated[int, typer.Option("--per-minute", metavar="N", min=1, help="Rows that it takes a minute at the most.")]
Url = Annotated[str, typer.Option("--url", metavar="URL", envvar="SUPABASE_URL", help="Of the Supabase project.")]
Key = Annotated[
    str, typer.Option("--key", metavar="KEY", help="Its publishable (anon) key: it stands in the page for all to read.")
]
TABLE = "public.web_vitals"


@app.command()
def show(
    name: Names = None, at: At = None, rules: RulesPath = None, storage: Storage = None, form: Output = None
) -> None:
    """What is known: each vital, how good it is, and who says so. Asks nobody.

    Example: dropmon vitals show storefront --format json
    """
    from dropmon import rules as loading
    from dropmon.flows import cycle, frontend
    from dropmon.vitals.table import Answer

    found = loading.load(loading.find(rules))
    when = instant(at, found)
    with cycle.history(found, storage) as store:
        pages = frontend.all_pages(found, name or (), known(found, store, when), when)
    raise typer.Exit(shown(Answer(pages, when, zone=found.platform.timezone), form))


@app.command()
def sql(table: Table = TABLE, role: Role = "anon", per_minute: Most = 6000) -> None:
    """The table that your visitors' beacons go to, which they may add to and not read: for psql.

    Example: dropmon vitals sql
    """
    from dropmon.vitals import beacons

    print(plainly(lambda: beacons.definition(table, role, per_minute)), end="")


@app.command()
def snippet(url: Url = "https://PROJECT.supabase.co", key: Key = "PUBLISHABLE_KEY", table: Table = TABLE) -> None:
    """The script that measures in your visitors' browsers, with the library web-vitals.

    Example: dropmon vitals snippet --url https://abc.supabase.co --key sb_publishable_x
    """
    from dropmon.vitals import beacons

    print(plainly(lambda: beacons.snippet(url, key, table)), end="")


def measured(
    path: Path | None, storage: str | None, names: Sequence[str], tags: Sequence[str],
    asked: tuple[str, int, str, float | None], record: bool, quiet: bool, form: Format | None,
) -> int:  # fmt: skip
    """Opens pages in a browser, records and shows their vitals; the exit code."""
    from dropmon import rules as loading
    from dropmon.flows import cycle, frontend
    from dropmon.progress import Progress
    from dropmon.vitals.table import Answer

    rules = loading.load(loading.find(path))
    how = lab(rules, *asked)
    at = how.clock()
    with Progress("runs measured") as progress:
        found = frontend.measure(rules, names, frozenset(tags), how, progress.step)
    with cycle.history(rules, storage) as store:
        told = known(rules, store, at)
        if store and record:
            keep(store, found)
    answer = Answer(
        frontend.pages(found, told, frontend.only(rules, told)), at, how.clock() - at, rules.platform.timezone,
        "nothing to measure: no check of `web:` has `vitals:`", "add vitals: {} to one, or name it",
    )  # fmt: skip
    return answer.status.exit_code if quiet and answer.status is Status.OK else shown(answer, form)


def shown(answer: Answer, form: Format | None) -> int:
    """Prints it: a table for each page to people, one for all to programs. The exit code."""
    from dropmon.output import Format
    from dropmon.vitals.table import apart, table

    chosen = output.choose(form)
    if len(answer.pages) > 1 and chosen not in {Format.JSON, Format.CSV}:
        output.print_page(apart(answer), chosen)
    else:
        output.print_table(table(answer), chosen)
    return answer.status.exit_code


def lab(rules: Rules, device: str, runs: int, browser: str, within: float | None) -> Lab:
    """How to measure. Raises UsageError for a device that nobody knows."""
    from dropmon.browser.lab import DEVICES
    from dropmon.errors import UsageError
    from dropmon.flows.frontend import Lab

    if device not in DEVICES:
        raise UsageError(f"there is no device {device!r}", f"there are: {', '.join(DEVICES)}")
    return Lab(DEVICES[device], runs, browser, 0.8 * rules.defaults.every if within is None else within, time.time)


def known(rules: Rules, store: Store | None, at: float) -> list[Figure]:
    """What the history knows; a warning when it cannot be read."""
    from dropmon.errors import StorageError
    from dropmon.flows import frontend

    try:
        return frontend.known(rules, store, at)
    except StorageError as error:
        output.warn(f"warning: {error.what}", error.hint)
        return []


def keep(store: Store, found: Sequence[Measured]) -> None:
    """Writes what was measured; a warning when that fails."""
    from dropmon.errors import StorageError
    from dropmon.flows import frontend

    try:
        store.record(frontend.samples(found))
    except StorageError as error:
        output.warn(f"warning: {error.what}", error.hint)


def plainly(made: Callable[[], str]) -> str:
    """A text, or what is wrong with what it was made of."""
    from dropmon.errors import UsageError

    try:
        return made()
    except ValueError as error:
        raise UsageError(str(error)) from None
