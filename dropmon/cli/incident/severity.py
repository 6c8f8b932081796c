"""dropmon incident severity: it is worse, or not so bad."""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli.alert.ack import who
from dropmon.cli.incident.open import level_of
from dropmon.cli.incident.show import At, By, Comment, Number, Send, desk, loaded, said
from dropmon.cli.options import Output, RulesPath, Storage

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Wanted = Annotated[str, typer.Argument(metavar="critical|major|minor", help="How bad it is.")]


@app.command(
    help="Make an incident another level. A worse one is told to all of the new level, and its clocks begin now; of a"
    " better one nothing of the old level is asked any more.\n\nExample: dropmon incident severity 12 critical"
)
def severity(
    number: Number, level: Wanted, by: By = None, comment: Comment = "", send: Send = True, at: At = None,
    rules: RulesPath = None, storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    from dropmon.flows.desk import policies
    from dropmon.flows.response import severity as changed

    found = loaded(rules)
    policy = policies(found)[level_of(level)]
    with desk(found, storage, at) as own:
        changed(own, number, policy, by or who(), comment)
    said(found, storage, number, at, form, own.told, send)
