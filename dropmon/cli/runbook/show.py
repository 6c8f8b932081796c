"""dropmon runbook show: one page, to be read."""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli.options import RulesPath, Storage, loaded
from dropmon.cli.runbook.subject import Wanted

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Raw = Annotated[bool, typer.Option("--raw", help="The Markdown, on a terminal too.")]


@app.command(
    help="Show a runbook: laid out on a terminal, as Markdown in a pipe."
    "\n\nExample: dropmon runbook show database-high-connections"
)
def show(runbook: Wanted, raw: Raw = False, rules: RulesPath = None, storage: Storage = None) -> None:
    from dropmon import output
    from dropmon.cli.runbook.subject import subject

    page = subject(runbook, loaded(rules), storage).page
    output.print_prose(page.body, raw)
    for problem in page.problems:
        output.warn(str(problem))
