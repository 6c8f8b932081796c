"""dropmon oncall: who holds the pager? Each command has a file here, and is imported when it is named."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from dropmon.cli import quick
from dropmon.cli.options import Output, RulesPath, Storage

At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="When, by the rota's clock: '2026-12-24 09:00', or +2d. Default: now."),
]  # fmt: skip


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
