"""dropmon db top: what the server is doing now."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon import output
from dropmon.cli.db import Asked, Timeout, Which, database
from dropmon.cli.options import Output, RulesPath, loaded, seconds
from dropmon.model import Status
from dropmon.output import Format

if TYPE_CHECKING:
    from dropmon.db.top import Top

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Every = Annotated[str, typer.Option("--every", metavar="TIME", help="The time between two looks.")]
Count = Annotated[
    int | None,
    typer.Option("--count", metavar="N", min=1, help="Look so often, and print each look. In a pipe: 1."),
]


@app.command()
def top(
    every: Every = "2s", count: Count = None, which: Which = None, timeout: Timeout = None,
    form: Output = None, rules: RulesPath = None,
) -> None:  # fmt: skip
    """Who is at work, who waits for whom, how much is done: the terminal shows it again every --every, until q.

    Rates and the cache's hit ratio are those since the look before. In a pipe each look is printed, as JSON on a line.

    Example: dropmon db top --every 1s
    """
    from dropmon.db.top import Top

    pause = seconds(every)
    with Top(database(Asked(which, timeout, rules=rules), loaded(rules))) as found:
        alive = output.choose(form) is Format.RICH and count is None and lively()
        raise typer.Exit(watch(found, pause) if alive else look(found, pause, count or 1, form))


def lively() -> bool:
    """Whether there is a terminal that can be drawn on."""
    return sys.stdout.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}


def watch(found: Top, pause: float) -> int:
    """Shows the server on the whole terminal; a server that goes away is asked until it comes back."""
    from dropmon.output.live import live

    live(found.look(), found.again, pause)
    return Status.OK.exit_code


def look(found: Top, pause: float, count: int, form: Format | None) -> int:
    """Prints so many looks; the exit code is that of the last."""
    status = Status.UNKNOWN
    for number in range(count):
        if number:
            time.sleep(pause)
        table = found.again() if number else found.look()
        show(table, output.choose(form))
        status = table.status or status
    return status.exit_code


def show(table: output.Table, form: Format) -> None:
    if form is Format.JSON:
        output.write("".join(output.as_json(table)).replace("\n", ""))
    else:
        output.print_table(table, form)
    sys.stdout.flush()
