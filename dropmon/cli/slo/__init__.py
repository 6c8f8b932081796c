"""dropmon slo: are we keeping our promises? Each command has a file here, and is imported when it is named."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from dropmon.cli import quick
from dropmon.cli.options import Output, RulesPath, Storage

At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="As it was then. Default: now.")]


class Commands(TyperGroup):
    """The files of this folder."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(name for _, name, _ in pkgutil.iter_modules(__path__) if name != "asked")

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = quick(typer.main.get_command(import_module(f"{__name__}.{cmd_name}").app))
        command.name = cmd_name
        return command


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
        from dropmon.cli.options import instant
        from dropmon.cli.slo.asked import overview

        table = overview(rules, storage, instant(at))
        output.print_table(table, form)
        raise typer.Exit(table.status.exit_code if table.status else 0)
