"""dropmon oncall schedule: whose weeks come?"""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli.oncall import At
from dropmon.cli.options import Output, RulesPath, Storage, instant

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Weeks = Annotated[int, typer.Option("--weeks", metavar="N", min=1, max=5200, help="How many.")]


@app.command(help="Show the shifts of the next weeks, with overrides.\n\nExample: dropmon oncall schedule --weeks 8")
def schedule(
    weeks: Weeks = 8, at: At = None, rules: RulesPath = None, storage: Storage = None, form: Output = None
) -> None:
    from dropmon import output
    from dropmon.cli.oncall.asked import asked
    from dropmon.flows import rota
    from dropmon.rules.sections.oncall import zone

    loaded = asked(rules)
    table = rota.schedule(loaded, storage, instant(at, zone=zone(loaded)), weeks)
    output.print_table(table, form)
    raise typer.Exit(table.status.exit_code if table.status else 0)
