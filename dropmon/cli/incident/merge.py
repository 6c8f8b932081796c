"""dropmon incident merge: two incidents are one."""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli.alert.ack import who
from dropmon.cli.incident.show import At, By, Comment, Number, Send, desk, loaded, said
from dropmon.cli.options import Output, RulesPath, Storage

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Into = Annotated[int, typer.Argument(metavar="INTO", help="The incident that stays.", min=1)]


@app.command(help="Make an incident part of another, with its alerts. That one becomes as bad as the worse of them."
             "\n\nExample: dropmon incident merge 13 12")  # fmt: skip
def merge(
    number: Number, into: Into, by: By = None, comment: Comment = "", send: Send = True, at: At = None,
    rules: RulesPath = None, storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    from dropmon.flows.response import merge as joined

    found = loaded(rules)
    with desk(found, storage, at) as own:
        joined(own, number, into, by or who(), comment)
    said(found, storage, into, at, form, own.told, send)
