"""dropmon logs: what did it say? A filter where no command is named; the others have a file in this folder."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from dropmon.cli import quick

FILTER = "filter"
COMMANDS = (FILTER, "stats", "top")


class Commands(TyperGroup):
    """`dropmon logs app.log --level error` means the filter."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = args and args[0] in COMMANDS
        return list(super().parse_args(ctx, args if named else [FILTER, *args]))

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        command = quick(typer.main.get_command(import_module(f"{__name__}.{cmd_name}").app))
        command.name = cmd_name
        return command


app = typer.Typer(cls=Commands, rich_markup_mode=None, add_completion=False, help="What did it say?")


@app.callback()
def logs() -> None:
    """What did it say?"""
