"""dropmon incident escalate: call the next in line now."""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli.alert.ack import who
from dropmon.cli.incident.show import At, By, Comment, Number, Send, desk, loaded, person, said
from dropmon.cli.options import Output, RulesPath, Storage

app = typer.Typer(rich_markup_mode=None, add_completion=False)

To = Annotated[str | None, typer.Option("--to", metavar="PERSON", help="This person. Default: the next in line.")]


@app.command(help="Call the next in line now, instead of when the clock does."
             "\n\nExample: dropmon incident escalate 12 -m 'I need a second pair of eyes'")  # fmt: skip
def escalate(
    number: Number, to: To = None, by: By = None, comment: Comment = "", send: Send = True, at: At = None,
    rules: RulesPath = None, storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    from dropmon.flows.response import escalate as called

    found = loaded(rules)
    with desk(found, storage, at) as own:
        called(own, number, by or who(), comment, person(found, to) if to else None)
    said(found, storage, number, at, form, own.told, send)
