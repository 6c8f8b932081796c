"""dropmon incident assign: somebody else has it."""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli.alert.ack import who
from dropmon.cli.incident.show import At, By, Number, desk, loaded, person, said
from dropmon.cli.options import Output, RulesPath, Storage

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Person = Annotated[str, typer.Argument(metavar="PERSON", help="A short name of `oncall.people`.")]


@app.command(help="Give an incident to somebody. It still has to be taken: dropmon incident ack."
             "\n\nExample: dropmon incident assign 12 bob")  # fmt: skip
def assign(
    number: Number, to: Person, by: By = None, at: At = None, rules: RulesPath = None, storage: Storage = None,
    form: Output = None,
) -> None:  # fmt: skip
    from dropmon.flows.response import assign as given

    found = loaded(rules)
    with desk(found, storage, at) as own:
        given(own, number, person(found, to), by or who())
    said(found, storage, number, at, form)
