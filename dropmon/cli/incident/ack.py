"""dropmon incident ack: I have it."""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli.alert.ack import who
from dropmon.cli.incident.show import At, By, Comment, Number, desk, loaded, said
from dropmon.cli.options import Output, RulesPath, Storage

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Take = Annotated[bool, typer.Option("--take", help="Take it over from whoever has it.")]


@app.command(
    help="Say that you have it: its alerts are not told again while they fire. Whoever says so first has it; others are"
    " told who. That it is not resolved in time is told all the same.\n\nExample: dropmon incident ack 12 -m 'looking'"
)
def ack(
    number: Number, take: Take = False, by: By = None, comment: Comment = "", at: At = None, rules: RulesPath = None,
    storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    from dropmon import output
    from dropmon.flows.response import acknowledge

    found = loaded(rules)
    with desk(found, storage, at) as own:
        done = acknowledge(own, number, by or who(), comment, take)
    if not done.news:
        output.warn(f"{done.incident.holder} has it already", f"dropmon incident ack {number} --take takes it over")
    said(found, storage, number, at, form)
