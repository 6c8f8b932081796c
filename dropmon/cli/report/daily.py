"""dropmon report daily: how was yesterday?"""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli.options import RulesPath, Storage
from dropmon.cli.report.asked import At, File, Form, Open, Shown, loaded, made, show

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Date = Annotated[str | None, typer.Option("--day", metavar="DATE", help="2026-11-22. Default: yesterday.")]


@app.command(help="Show how a day was, beside the day before and the four before."
             "\n\nExample: dropmon report daily")  # fmt: skip
def daily(
    day: Date = None, path: File = None, browse: Open = False, at: At = None, rules: RulesPath = None,
    storage: Storage = None, form: Form = None,
) -> None:  # fmt: skip
    show(made(loaded(rules), storage, "daily", day, at), Shown(form, path, browse))
