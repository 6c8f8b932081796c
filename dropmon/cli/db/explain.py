"""dropmon db explain: how would a recorded statement be run?"""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon import output
from dropmon.cli.db import Asked, Timeout, Which, database
from dropmon.cli.options import Output, RulesPath, loaded

app = typer.Typer(rich_markup_mode=None, add_completion=False)

QueryId = Annotated[str, typer.Argument(metavar="QUERYID", help="As `dropmon db slow-queries` shows it.")]
Trust = Annotated[
    bool, typer.Option("--trust", help="Plan what another role ran: functions that it names run with your rights.")
]
Schema = Annotated[str, typer.Option("--schema", metavar="NAME", help="Look for its tables here first.")]


@app.command(context_settings={"ignore_unknown_options": True})  # half of all queryids are negative
def explain(
    queryid: QueryId, schema: Schema = "", trust: Trust = False, which: Which = None, timeout: Timeout = None,
    form: Output = None, rules: RulesPath = None,
) -> None:  # fmt: skip
    """The plan of a recorded statement, and what in it is worth a look. The statement is never run.

    pg_stat_statements keeps $1 for a value, so this is the generic plan, for values that are not known. It is planned
    as the role that ran it, where we may be that role, and with that role's search_path. Planning may call functions
    that the statement names. So without --trust only the role that ran it may ask, unless it is a superuser.

    Example: dropmon db explain -3705292919960030989 --trust
    """
    from dropmon.db.explain import explain, table
    from dropmon.db.session import session

    with session(database(Asked(which, timeout), loaded(rules))) as found:
        said = explain(found, queryid, schema, trust)
    output.print_table(table(said, found.database.name), form)
