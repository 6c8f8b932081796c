"""dropmon logs: what did it say? A filter where no command is named; the others have a file in this folder."""

from __future__ import annotations

from typing import Any

import typer

from dropmon.cli import Folder

FILTER = "filter"
COMMANDS = ("stats", "top")


class Commands(Folder):
    """`dropmon logs app.log --level error` means the filter."""

    package = __name__

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        if args and args[0] in COMMANDS:
            return super().make_context(info_name, args, parent, **extra)
        return self.of_file(FILTER).make_context(info_name, args, parent, **extra)

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)


app = typer.Typer(cls=Commands, rich_markup_mode=None, add_completion=False, help="What did it say?")


@app.callback()
def logs() -> None:
    """What did it say?"""
