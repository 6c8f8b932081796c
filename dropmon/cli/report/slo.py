"""dropmon report slo: were the promises kept?"""

from __future__ import annotations

import typer

from dropmon.cli.options import RulesPath, Storage
from dropmon.cli.report.asked import At, File, Form, Open, Shown, loaded, made, show
from dropmon.cli.report.weekly import Week

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help="Show the SLOs and their budgets as they stood at the end of a week."
             "\n\nExample: dropmon report slo --week 2026-W47")  # fmt: skip
def slo(
    week: Week = None, path: File = None, browse: Open = False, at: At = None, rules: RulesPath = None,
    storage: Storage = None, form: Form = None,
) -> None:  # fmt: skip
    show(made(loaded(rules), storage, "weekly", week, at, "slo"), Shown(form, path, browse, ("slos",)))
