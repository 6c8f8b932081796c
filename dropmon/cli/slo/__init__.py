"""dropmon slo: are we keeping our promises? Each command has a file here, and is imported when it is named."""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli import Folder
from dropmon.cli.options import Output, RulesPath, Storage

At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="As it was then. Default: now.")]


class Commands(Folder):
    """The files of this folder."""

    package = __name__
    shared = frozenset({"asked"})


app = typer.Typer(
    cls=Commands, rich_markup_mode=None, add_completion=False, invoke_without_command=True,
    help="Are we keeping our promises? What was good, what is left of each error budget, and how fast it goes."
    "\n\nExits 0 when all is healthy, 1 when a promise is at risk, 2 when one is breached, 3 without data."
    "\n\nExample: dropmon slo --at 7d",
)  # fmt: skip


@app.callback()
def slo(
    ctx: typer.Context, at: At = None, rules: RulesPath = None, storage: Storage = None, form: Output = None
) -> None:
    if ctx.invoked_subcommand is None:
        from dropmon import output
        from dropmon.cli.slo.asked import overview

        table = overview(rules, storage, at)
        output.print_table(table, form)
        raise typer.Exit(table.status.exit_code if table.status else 0)
