"""`dropmon logs stats`: how many of what, when, how slow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dropmon import output
from dropmon.cli.logs import asked, origin
from dropmon.cli.options import Output
from dropmon.errors import UsageError
from dropmon.output import Format

if TYPE_CHECKING:
    from dropmon.logs.counting import Counts

app = typer.Typer(rich_markup_mode=None, add_completion=False)

TABLES = ("functions", "levels", "services", "times")
By = Annotated[str | None, typer.Option("--by", metavar="|".join(TABLES), help="Only this table; CSV holds one.")]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, metavar="N", help="Processes for a large file. Default: one a core."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No summary on stderr.")]


@app.command()
def stats(
    files: asked.Files = None,
    level: asked.Least = None,
    only: asked.Only = None,
    function: asked.Functions = None,
    service: asked.Services = None,
    request_id: asked.Requests = None,
    user: asked.Users = None,
    since: asked.Since = None,
    until: asked.Until = None,
    grep: asked.Grep = None,
    without: asked.Without = None,
    where: asked.Where = None,
    by: By = None,
    source: asked.Source = None,
    jobs: Jobs = None,
    quiet: Quiet = False,
    form: Output = None,
    rules: asked.RulesPath = None,
) -> int:
    """How many entries of each level, function and service, when, and how many failed; p50 and p95 of the durations.

    A request of a function is an entry of type metric or error; it failed with type error, status error, or a status
    from 500 on. The filters are those of `dropmon logs`.

    Example: dropmon logs stats app.log --since 1h
    """
    from dropmon.logs.counting import Counting
    from dropmon.logs.gather import gather

    query = asked.query(level, only, function, service, request_id, user, since, until, grep, without, where)
    counted = gather(origin.inputs(files, source, rules, query, False), lambda: Counting(query), jobs=jobs)
    counts = counted.counts()
    counted.tally.matched = counts.total
    show(counts, by, form)
    return asked.ended(counted.tally, quiet)


def show(counts: Counts, by: str | None, form: Format | None) -> None:
    """Prints the page, or one table of it. Raises UsageError."""
    from dropmon.logs.stats import page, tables

    whole = page(counts)
    if by is None:
        kept = {name: each for name, each in whole.tables.items() if name != "times"}
        output.print_page(whole if output.choose(form) is Format.JSON else whole._replace(tables=kept), form)
        return
    found = tables(counts)
    if by not in found:
        raise UsageError(f"there is no table {by!r}", f"there are {', '.join(found)}")
    output.print_table(found[by]._replace(headline=whole.headline, notes=whole.notes, facts=whole.facts), form)
