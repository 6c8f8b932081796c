"""`dropmon logs top`: which errors are there, and which of them most?"""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon import output
from dropmon.cli.logs import asked, origin
from dropmon.cli.options import Output

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Least = Annotated[str, typer.Option("--level", "-l", metavar="LEVEL", help="The least level.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=0, metavar="N", help="Groups that are shown; 0: all.")]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, metavar="N", help="Processes for a large file. Default: one a core."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No summary on stderr.")]


@app.command()
def top(
    files: asked.Files = None,
    level: Least = "error",
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
    limit: Limit = 10,
    source: asked.Source = None,
    jobs: Jobs = None,
    quiet: Quiet = False,
    form: Output = None,
    rules: asked.RulesPath = None,
) -> int:
    """Errors by what their messages have in common: how often, first and last seen, from where, an example.

    Numbers, ids, addresses, durations and quoted text are taken out of a message, and words in which many differ. The
    filters are those of `dropmon logs`.

    Example: dropmon logs top app.log --since 1h
    """
    from dropmon.logs import sieve
    from dropmon.logs.gather import gather
    from dropmon.logs.top import Topping, table

    query = asked.query(level, only, function, service, request_id, user, since, until, grep, without, where)
    wanted = sieve.of(query)
    hits = sieve.compiled(wanted) if wanted else None
    found = gather(origin.inputs(files, source, rules, query), lambda: Topping(query), hits, jobs)
    output.print_table(table(found.groups(), limit or None), form)
    return asked.ended(found.tally, quiet)
