"""dropmon runbook show: one page, to be read."""

from __future__ import annotations

import shlex
import sys
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
    if page.steps and not raw and sys.stdout.isatty():
        output.write(f"{len(page.steps)} of its commands are steps:  dropmon runbook run {shlex.quote(runbook)}")
    for problem in page.problems:
        output.warn(str(problem))
