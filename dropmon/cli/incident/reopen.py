"""dropmon incident reopen: it is not over after all."""

from __future__ import annotations

import typer

from dropmon.cli.alert.ack import who
from dropmon.cli.incident.show import At, By, Comment, Number, Send, desk, loaded, said
from dropmon.cli.options import Output, RulesPath, Storage

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help="Open a resolved incident again: everything is asked anew from now."
             "\n\nExample: dropmon incident reopen 12 -m 'it came back'")  # fmt: skip
def reopen(
    number: Number, by: By = None, comment: Comment = "", send: Send = True, at: At = None, rules: RulesPath = None,
    storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    from dropmon.flows.response import reopen as again

    found = loaded(rules)
    with desk(found, storage, at) as own:
        again(own, number, by or who(), comment)
    said(found, storage, number, at, form, own.told, send)
