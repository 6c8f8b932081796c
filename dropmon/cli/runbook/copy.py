"""dropmon runbook copy: a page that comes with dropmon, to be made one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dropmon.cli.options import RulesPath, loaded

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME…]", help="Only these. Default: all.")]


@app.command(
    help="Copy runbooks that come with dropmon beside your rules, where you edit them. Never overwrites one."
    "\n\nExample: dropmon runbook copy database-high-connections"
)
def copy(names: Names = None, rules: RulesPath = None) -> None:
    from dropmon import output
    from dropmon.rules.links import shelf
    from dropmon.runbooks.shelf import FOLDER, copied

    wrote, kept = copied(names or (), shelf(loaded(rules)).own or Path(FOLDER))
    lines = [*(f"wrote {path}" for path in wrote), *(f"{path} is already there, and stays as it is" for path in kept)]
    output.write(output.lines([*lines, "", "next:  edit them, then dropmon runbook check"]))
