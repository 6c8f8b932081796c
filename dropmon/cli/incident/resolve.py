"""dropmon incident resolve: it is over."""

from __future__ import annotations

import typer

from dropmon.cli.alert.ack import who
from dropmon.cli.incident.show import At, By, Comment, Number, Send, desk, loaded, said
from dropmon.cli.options import Output, RulesPath, Storage

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    help="Say that it is over: all who know of it are told. One that alerts opened is over when they are, without this."
    "\n\nExample: dropmon incident resolve 12 -m 'rolled back to v41'"
)
def resolve(
    number: Number, by: By = None, comment: Comment = "", send: Send = True, at: At = None, rules: RulesPath = None,
    storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    from dropmon import output
    from dropmon.flows.response import resolve as ended

    found = loaded(rules)
    with desk(found, storage, at) as own:
        done = ended(own, number, by or who(), comment)
    for one in done.firing:
        output.warn(f"{one.key} still fires", "it opens another incident only when it ends and fires again")
    said(found, storage, number, at, form, own.told, send)
