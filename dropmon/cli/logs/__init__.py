"""dropmon logs: what did it say? A filter where no command is named; the others have a file in this folder."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from dropmon.cli import quick

FILTER = "filter"
COMMANDS = ("stats", "top")


class Commands(TyperGroup):
    """`dropmon logs app.log --level error` means the filter."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        if args and args[0] in COMMANDS:
            return super().make_context(info_name, args, parent, **extra)
        return self.get_command(None, FILTER).make_context(info_name, args, parent, **extra)

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in (FILTER, *COMMANDS):
            return None
        command = quick(typer.main.get_command(import_module(f"{__name__}.{cmd_name}").app))
        command.name = cmd_name
        return command


app = typer.Typer(cls=Commands, rich_markup_mode=None, add_completion=False, help="What did it say?")


@app.callback()
def logs() -> None:
    """What did it say?"""
