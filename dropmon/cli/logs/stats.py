"""`dropmon logs stats`: how many of what, when, how slow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon import output
from dropmon.cli.logs import asked, origin
from dropmon.cli.options import Output, Storage, loaded
from dropmon.errors import UsageError
from dropmon.output import Format

if TYPE_CHECKING:
    from dropmon.logs.counting import Counting, Counts
    from dropmon.logs.inputs import Input
    from dropmon.logs.query import Query

app = typer.Typer(rich_markup_mode=None, add_completion=False)

STREAM = "lines"  # of files and pipes that are given no other name
TABLES = ("functions", "levels", "services", "times")
By = Annotated[str | None, typer.Option("--by", metavar="|".join(TABLES), help="Only this table; CSV holds one.")]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, metavar="N", help="Processes for a large file. Default: one a core."),
]
Record = Annotated[bool, typer.Option("--record", help="Add what is new of it to the history; no line counts twice.")]
Stream = Annotated[
    str, typer.Option("--stream", metavar="NAME", help="With --record: lines of another stream are other lines.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No summary on stderr; with --record no page.")]


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
    record: Record = False,
    stream: Stream = "",
    source: asked.Source = None,
    jobs: Jobs = None,
    quiet: Quiet = False,
    form: Output = None,
    rules: asked.RulesPath = None,
    storage: Storage = None,
) -> int:
    """How many entries of each level, function and service, when, and how many failed; p50 and p95 of the durations.

    Errors of a function are its entries from error on and its failed requests; its rate is of the requests if it told
    of any, else of the entries. A request is an entry of type metric or error; it failed with type error,
    status error, or a status from 500 on. The filters are those of `dropmon logs`.

    With --record what is new of it is added to log_entries_total, function_requests_total and function_duration_seconds
    in the history. Windows may overlap: run it every 5 minutes over the last 10. Lines that tell no time are left out.

    Example: dropmon logs stats app.log --since 1h
    """
    query = asked.query(level, only, function, service, request_id, user, since, until, grep, without, where)
    counted = read(origin.inputs(files, source, rules, query), query, record, jobs)
    if not (record and quiet):
        show(counted.counts(), by, form)
    if record:
        keep(counted, stream or source or STREAM, rules, storage, quiet)
    return asked.ended(counted.tally, quiet)


def read(inputs: Iterator[Input], query: Query, record: bool, jobs: int | None) -> Counting:
    """What was counted; of what is recorded, by one process alone."""
    from dropmon.logs.counting import Counting
    from dropmon.logs.gather import gather
    from dropmon.logs.recording import Recording

    kind = Recording if record else Counting
    counted = gather(inputs, lambda: kind(query), jobs=1 if record else jobs)
    counted.tally.matched = counted.counts().total
    return counted


def keep(counted: Counting, stream: str, rules: Path | None, storage: str | None, quiet: bool) -> None:
    """Adds what is new to the history, and says what was not unless it is to be quiet."""
    from dropmon.flows import cycle
    from dropmon.logs.recording import Recording
    from dropmon.storage import open_for

    assert isinstance(counted, Recording)
    with open_for(loaded(rules), storage) as store:
        done = cycle.count(store, stream, counted, time.time())
        place = store.place
    if quiet:
        return
    output.warn(f"recorded {done.fresh:,} entries in {place}; {done.known:,} were counted before")
    if done.late:
        output.warn(f"warning: {done.late:,} entries are too old to tell whether they were counted: they were not")
    if done.timeless:
        output.warn(f"warning: {done.timeless:,} entries tell no time, and so were not recorded")


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
