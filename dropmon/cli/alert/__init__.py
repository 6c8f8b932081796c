"""dropmon alert: who should hear of it? Each command has a file here, and is imported when it is named."""

from __future__ import annotations

import typer

from dropmon.cli import Folder


class Commands(Folder):
    """The files of this folder."""

    package = __name__


app = typer.Typer(
    cls=Commands, rich_markup_mode=None, add_completion=False, no_args_is_help=True,
    help="Who should hear of it? Judge the history by the rules; list, explain, silence and acknowledge alerts."
    "\n\nExample: dropmon alert list",
)  # fmt: skip


@app.callback()
def alerts() -> None:
    """A group, however many commands it has."""
