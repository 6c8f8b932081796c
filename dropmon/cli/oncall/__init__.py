"""dropmon oncall: who holds the pager? Each command has a file here, and is imported when it is named."""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli import Folder
from dropmon.cli.options import Output, RulesPath, Storage

At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="When, by the rota's clock: '2026-12-24 09:00', or +2d. Default: now."),
]  # fmt: skip


class Commands(Folder):
    """The files of this folder."""

    package = __name__
    shared = frozenset({"asked"})


app = typer.Typer(
    cls=Commands, rich_markup_mode=None, add_completion=False, invoke_without_command=True,
    help="Who holds the pager now, or at another time? Ends with 1 when something about it is not well, 2 when nobody "
    "does.\n\nExample: dropmon oncall --at '2026-12-24 09:00'",
)  # fmt: skip


@app.callback()
def oncall(
    ctx: typer.Context, at: At = None, rules: RulesPath = None, storage: Storage = None, form: Output = None
) -> None:
    if ctx.invoked_subcommand is None:
        from dropmon.cli.oncall.asked import asked, now

        raise typer.Exit(now(asked(rules), at, storage, form))
