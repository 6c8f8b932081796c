"""`dropmon logs`: the lines that are wanted."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.logs import asked, origin

if TYPE_CHECKING:
    from dropmon.logs.inputs import Input
    from dropmon.logs.run import Settings

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Raw = Annotated[bool, typer.Option("--raw", help="The bytes as they came, on a terminal too.")]


@app.command()
def filter(
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
    after: Annotated[int, typer.Option("--after", "-A", min=0, metavar="N", help="Entries after each wanted one.")] = 0,
    before: Annotated[
        int, typer.Option("--before", "-B", min=0, metavar="N", help="Entries before each wanted one.")
    ] = 0,
    around: Annotated[int, typer.Option("--context", "-C", min=0, metavar="N", help="Entries before and after.")] = 0,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, metavar="N", help="Stop after so many entries.")
    ] = None,
    fields: Annotated[
        str | None, typer.Option("--fields", metavar="A,B", help="Only these: time,level,context.orderId …")
    ] = None,
    raw: Raw = False,
    form: asked.Shape = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more, through rotation too.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file.")] = None,
    source: asked.Source = None,
    rules: asked.RulesPath = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", "-j", min=1, metavar="N", help="Processes for a large file. Default: one a core."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No summary on stderr.")] = False,
) -> int:
    """Log lines of any shape, filtered: every error and nothing else. To count them: `dropmon logs stats`, `logs top`.

    Reads the files, or standard input: `supabase logs --output-format stream-json | dropmon logs --level error`.
    In a pipe the bytes go out as they came; on a terminal they are made readable. Stack traces stay with their entry.
    Exit code 3: the input was no log, so that nothing can be concluded from it.

    Example: dropmon logs app.log --level error
    """
    from dropmon.logs import run, shape

    asked.apart(output, [] if source else files or ["-"])
    query = asked.query(level, only, function, service, request_id, user, since, until, grep, without, where)
    settings = run.Settings(
        query, shape.chosen(form, raw, fields), max(before, around), max(after, around), limit, jobs
    )
    return filtered(origin.inputs(files, source, rules, query, follow), settings, follow, output, quiet)


def filtered(inputs: Iterable[Input], settings: Settings, follow: bool, output: Path | None, quiet: bool) -> int:
    """Filters all inputs onto standard output or into a file; the exit code."""
    from dropmon.logs import run
    from dropmon.logs.summary import doubt
    from dropmon.logs.tally import Tally
    from dropmon.output import warn
    from dropmon.progress import Progress

    tally, progress = Tally(), Progress("bytes read")
    if output is not None:  # a screen that fills is progress enough
        settings = settings._replace(step=progress.step)
    with asked.written(output, follow, partial(doubt, tally)) as sink, asked.interrupted(tally, quiet), progress:
        (run.follow if follow else run.run)(inputs, settings, sink, tally)
    if tally.matched and (missing := settings.shape.missing()):
        warn(f"dropmon: no entry had {', '.join(missing)}", "see what there is: dropmon logs FILE --format json -n 1")
    return asked.ended(tally, quiet)
