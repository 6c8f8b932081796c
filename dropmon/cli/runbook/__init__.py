"""dropmon runbook: what do I do now? Each command has a file here, and is imported when it is named."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from dropmon.cli import quick

SHARED = {"subject", "typed"}  # files here that are no commands


class Commands(TyperGroup):
    """The files of this folder."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(name for _, name, _ in pkgutil.iter_modules(__path__) if name not in SHARED)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = quick(typer.main.get_command(import_module(f"{__name__}.{cmd_name}").app))
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=Commands, rich_markup_mode=None, add_completion=False, no_args_is_help=True,
    help="What do I do now? Pages of Markdown, one an alert, with steps that can be run."
    "\n\nExample: dropmon runbook run database-high-connections",
)  # fmt: skip


@app.callback()
def runbooks() -> None:
    """A group, however many commands it has."""
