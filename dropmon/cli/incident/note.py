"""dropmon incident note: write it down."""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli.alert.ack import who
from dropmon.cli.incident.show import At, By, Number, desk, loaded, said
from dropmon.cli.options import Output, RulesPath, Storage

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Text = Annotated[str, typer.Argument(metavar="TEXT", help="What was found, tried, decided.")]


@app.command(help="Write into the timeline what was found, tried or decided; --at says when, if it was earlier."
             "\n\nExample: dropmon incident note 12 'the pool of connections is full'")  # fmt: skip
def note(
    number: Number, text: Text, by: By = None, at: At = None, rules: RulesPath = None, storage: Storage = None,
    form: Output = None,
) -> None:  # fmt: skip
    from dropmon.errors import UsageError
    from dropmon.flows.response import note as noted

    if not text.strip():
        raise UsageError("there is nothing to write down", "dropmon incident note 12 'what was found'")
    found = loaded(rules)
    with desk(found, storage, at) as own:
        noted(own, number, by or who(), text)
    said(found, storage, number, None, form)
