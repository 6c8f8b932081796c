"""dropmon report: how was the week? Each command has a file here, and is imported when it is named."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from dropmon.cli import quick


class Commands(TyperGroup):
    """The files of this folder, but for what they share."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(name for _, name, _ in pkgutil.iter_modules(__path__) if name != "asked")

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = quick(typer.main.get_command(import_module(f"{__name__}.{cmd_name}").app))
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=Commands, rich_markup_mode=None, add_completion=False, no_args_is_help=True,
    help="How was the week? What leadership reads, on the screen, in a file or by mail, once a week."
    "\n\nExample: dropmon report weekly",
)  # fmt: skip


@app.callback()
def reports() -> None:
    """A group, however many commands it has."""
