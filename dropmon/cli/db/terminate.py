"""dropmon db terminate: end a session, with its transaction and its locks."""

from __future__ import annotations

import typer

from dropmon.cli.db import Asked, Timeout, Which
from dropmon.cli.db.cancel import Pid, Yes, told
from dropmon.cli.options import Output, RulesPath

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    help="End a session: its transaction is rolled back and its locks are gone; its client sees a lost connection."
    "\n\nShows who that is and asks first. To stop only its statement: dropmon db cancel."
    "\n\nExample: dropmon db terminate 4711"
)
def terminate(
    pid: Pid,
    yes: Yes = False,
    database: Which = None,
    timeout: Timeout = None,
    form: Output = None,
    rules: RulesPath = None,
) -> None:
    from dropmon.db.signal import Signal

    asked = Asked(database=database, timeout=timeout, form=form, rules=rules)
    raise typer.Exit(told(pid, Signal.TERMINATE, yes, asked))
