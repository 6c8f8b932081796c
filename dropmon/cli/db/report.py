"""dropmon db report: everything at once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from dropmon import output
from dropmon.cli.db import Asked, Quiet, Record, Timeout, Which, compared, database, record
from dropmon.cli.options import Output, RulesPath, Storage, loaded
from dropmon.db.report import Report, load, names
from dropmon.errors import UsageError
from dropmon.model import Status
from dropmon.output import Format

if TYPE_CHECKING:
    from dropmon.db.page import Survey

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Only = Annotated[str | None, typer.Option("--only", metavar="NAME,…", help="Only these reports. Default: all.")]
All = Annotated[bool, typer.Option("--all", help="On a terminal: also what is well, and every row.")]
Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=0, help="Rows of a report; 0 for all. Default: 20, on a terminal 5."),
]
File = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write the page there: *.html, *.md, *.json, *.txt."),
]
Folder = Annotated[
    Path | None, typer.Option("--output-dir", "--csv", metavar="DIR", help="Write a CSV file a report there.")
]  # fmt: skip


class View(NamedTuple):
    """What is shown, and where."""

    everything: bool = False
    limit: int | None = None
    file: Path | None = None
    folder: Path | None = None


@app.command()
def report(
    only: Only = None, all_: All = False, limit: Limit = None, file: File = None, folder: Folder = None,
    which: Which = None, timeout: Timeout = None, keep: Record = False, quiet: Quiet = False,
    form: Output = None, rules: RulesPath = None, storage: Storage = None,
) -> None:  # fmt: skip
    """Every report in one go: what needs a look, the worst first, on one page.

    They are asked over one connection. One that cannot be answered says why, and stops no other. On a terminal only
    what is not well is shown; in every other format, in a file and in a folder, everything.

    Example: dropmon db report --output today.html
    """
    asked = Asked(which, timeout, keep, False, quiet, form, rules, storage)
    raise typer.Exit(run(asked, chosen(only), View(all_, limit, file, folder)))


def chosen(only: str | None) -> list[Report]:
    """The reports of these names. Raises UsageError."""
    wanted = [name.strip() for name in only.split(",")] if only else names()
    for name in wanted:
        if name not in names():
            raise UsageError(f"there is no report {name!r}", f"there are {', '.join(names())}")
    return [load(name) for name in dict.fromkeys(wanted)]


def run(asked: Asked, reports: list[Report], view: View) -> int:
    """Asks the reports, records what is to be kept, shows them; the exit code."""
    from dropmon.db.page import survey
    from dropmon.progress import Progress

    checked(asked, view)
    rules = loaded(asked.rules)
    given = {} if view.limit is None else {"limit": view.limit}
    at = time.time()
    with Progress("reports asked") as progress:
        found = survey(database(asked, rules), reports, at, given, asked.record, progress.step)
    found = found.compared(lambda said: compared(said, found.labels, at, rules, asked.storage))
    if asked.record:
        record(found.kept, found.labels, at, rules, asked.storage)
    for each in found.said:
        if each.answer and each.error:
            output.warn(f"warning: {each.report.name} is not recorded: {each.error.what}", each.error.hint)
    if not (asked.quiet and found.status is Status.OK):
        show(found, time.time() - at, asked.form, view)
    return found.status.exit_code


def checked(asked: Asked, view: View) -> None:
    """Refuses what cannot be meant before anything is asked. Raises UsageError."""
    from dropmon.output.files import form_of

    if view.file:
        form_of(view.file, asked.form)
    elif asked.form is Format.CSV and not view.folder:
        raise UsageError("CSV holds one table, and these are many", "--csv DIR writes a file for each report")


def show(found: Survey, took: float, form: Format | None, view: View) -> None:
    """Prints the page, or writes it where it is wanted."""
    from dropmon.db.page import FEW, glance, page

    whole = page(found, took)
    if view.file or view.folder:
        write(whole, form, view)
        return
    wanted = output.choose(form)
    if wanted is Format.RICH and not view.everything:
        whole = glance(whole, found, FEW if view.limit is None else view.limit)
    output.print_page(whole, wanted)


def write(whole: output.Page, form: Format | None, view: View) -> None:
    """Writes the page to its file, its tables to their folder, and says so."""
    from dropmon.output.files import form_of, write_folder, write_page

    if view.file:
        write_page(whole, view.file, form_of(view.file, form))
    if view.folder:
        write_folder(whole, view.folder)
    places = " and ".join(str(place) for place in (view.file, view.folder) if place)
    output.warn(f"{whole.headline}\nwritten to {places}")
