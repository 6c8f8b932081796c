"""dropmon slo show: everything about one promise."""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli.options import Output, RulesPath, Storage
from dropmon.cli.slo import At

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Name = Annotated[str, typer.Argument(metavar="NAME", help="An SLO of `slos:`.")]


@app.command(help="Show everything about one SLO: what is left of its budget, in events and minutes, how fast it goes, "
             "the last 30 days, and how it is counted.\n\nExample: dropmon slo show uptime")  # fmt: skip
def show(
    name: Name, at: At = None, rules: RulesPath = None, storage: Storage = None, form: Output = None
) -> None:  # fmt: skip
    from dropmon.cli.slo.asked import named, shown

    found = named(rules, storage, at, name)
    shown(found, form)
    raise typer.Exit(found.state.value.exit_code)
