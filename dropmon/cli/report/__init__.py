"""dropmon report: how was the week? Each command has a file here, and is imported when it is named."""

from __future__ import annotations

import typer

from dropmon.cli import Folder


class Commands(Folder):
    """The files of this folder."""

    package = __name__
    shared = frozenset({"asked"})


app = typer.Typer(
    cls=Commands, rich_markup_mode=None, add_completion=False, no_args_is_help=True,
    help="How was the week? What leadership reads, on the screen, in a file or by mail, once a week."
    "\n\nExample: dropmon report weekly",
)  # fmt: skip


@app.callback()
def reports() -> None:
    """A group, however many commands it has."""
