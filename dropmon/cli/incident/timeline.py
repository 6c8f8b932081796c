"""dropmon incident timeline: what happened, in its order."""

from __future__ import annotations

import typer

from dropmon.cli.incident.show import At, Number, loaded, shown
from dropmon.cli.options import Output, RulesPath, Storage

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help="Show all that was done about an incident, in its order: when it was, and when it was written down."
             "\n\nExample: dropmon incident timeline 12 --format csv")  # fmt: skip
def timeline(
    number: Number, at: At = None, rules: RulesPath = None, storage: Storage = None, form: Output = None
) -> None:
    from dropmon import output

    whole = shown(loaded(rules), storage, number, at)
    output.print_table(whole._replace(headline="", status=None, notes=(), facts={"number": number}), form)
