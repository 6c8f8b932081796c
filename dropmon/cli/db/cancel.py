"""dropmon db cancel: stop a session's statement. The session itself goes on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon import output
from dropmon.cli.db import Asked, Timeout, Which, database
from dropmon.cli.options import Output, RulesPath, loaded
from dropmon.errors import UsageError

if TYPE_CHECKING:
    from dropmon.db.signal import Backend, Signal

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Pid = Annotated[int, typer.Argument(help="The process id, as the reports show it.", min=1)]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")]


@app.command(
    help="Cancel the statement of a session, which gets an error and goes on."
    "\n\nShows who that is and asks first. A session that idles in a transaction has nothing to cancel: see terminate."
    "\n\nExample: dropmon db cancel 4711"
)
def cancel(
    pid: Pid,
    yes: Yes = False,
    database: Which = None,
    timeout: Timeout = None,
    form: Output = None,
    rules: RulesPath = None,
) -> None:
    from dropmon.db.signal import Signal

    raise typer.Exit(told(pid, Signal.CANCEL, yes, Asked(database=database, timeout=timeout, form=form, rules=rules)))


def told(pid: int, signal: Signal, yes: bool, asked: Asked) -> int:
    """Asks the user, then tells the session; the exit code."""
    from dropmon.db.signal import Outcome, choose, stop, table
    from dropmon.postgres import opened

    target = database(asked, loaded(asked.rules))
    with opened(target.url, target.timeout) as connection:
        backend = choose(connection, pid, signal, target.timeout)
        if not (yes or agreed(backend, signal)):
            outcome = Outcome(signal, backend, False, "nothing was sent")
        else:
            outcome = stop(connection, backend, signal, target.timeout)
    output.print_table(table(outcome), asked.form)
    return outcome.status.exit_code


def agreed(backend: Backend, signal: Signal) -> bool:
    """Whether the user wants it, having seen who that is. Raises UsageError when there is nobody to ask."""
    from dropmon.db.table import shortened

    output.warn(f"{backend.described}\n    {shortened(output.clean(backend.statement or ''))}")
    if not sys.stdin.isatty():
        raise UsageError(f"this would {signal} it, and there is no terminal to ask on", "--yes does it without asking")
    try:
        return typer.confirm(f"{signal} it?", err=True)
    except typer.Abort:  # Ctrl-C, Ctrl-D
        return False
