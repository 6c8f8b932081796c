"""dropmon report preview: what the mail will look like."""

from __future__ import annotations

import typer

from dropmon.cli.options import RulesPath, Storage
from dropmon.cli.report.asked import At, File, Shown, loaded, made, show
from dropmon.cli.report.weekly import Week

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help="Show the weekly mail in the browser as it will look, or write it to a file; nothing is sent."
             "\n\nExample: dropmon report preview")  # fmt: skip
def preview(
    week: Week = None, path: File = None, at: At = None, rules: RulesPath = None, storage: Storage = None
) -> None:
    show(made(loaded(rules), storage, "weekly", week, at), Shown(None, path, path is None))
