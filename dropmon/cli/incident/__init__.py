"""dropmon incident: what is broken, and who has it? Each command has a file here, and is imported when it is named."""

from __future__ import annotations

import typer

from dropmon.cli import Folder


class Commands(Folder):
    """The files of this folder."""

    package = __name__


app = typer.Typer(
    cls=Commands, rich_markup_mode=None, add_completion=False, no_args_is_help=True,
    help="What is broken, and who has it? Take, follow, tell users of and close incidents; alerts open them."
    "\n\nExample: dropmon incident list",
)  # fmt: skip


@app.callback()
def incidents() -> None:
    """A group, however many commands it has."""
