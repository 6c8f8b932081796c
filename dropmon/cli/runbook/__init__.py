"""dropmon runbook: what do I do now? Each command has a file here, and is imported when it is named."""

from __future__ import annotations

import typer

from dropmon.cli import Folder


class Commands(Folder):
    """The files of this folder."""

    package = __name__
    shared = frozenset({"subject", "typed"})


app = typer.Typer(
    cls=Commands, rich_markup_mode=None, add_completion=False, no_args_is_help=True,
    help="What do I do now? Pages of Markdown, one an alert, with steps that can be run."
    "\n\nExample: dropmon runbook run database-high-connections",
)  # fmt: skip


@app.callback()
def runbooks() -> None:
    """A group, however many commands it has."""
