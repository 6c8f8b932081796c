"""dropmon oncall fairness: is the load even?"""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli.oncall import At
from dropmon.cli.options import Output, RulesPath, Storage, instant

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Past = Annotated[int, typer.Option("--past", metavar="N", min=0, max=520, help="Weeks back, as they were served.")]
Weeks = Annotated[int, typer.Option("--weeks", metavar="N", min=0, max=520, help="Weeks ahead, as the rules say.")]


@app.command(help="Show what each person carries: hours, weekends and nights as primary, and how even that is."
             "\n\nExample: dropmon oncall fairness --past 12 --weeks 12")  # fmt: skip
def fairness(
    past: Past = 12, weeks: Weeks = 12, at: At = None, rules: RulesPath = None, storage: Storage = None,
    form: Output = None,
) -> None:  # fmt: skip
    from dropmon import output
    from dropmon.cli.oncall.asked import asked
    from dropmon.flows import rota
    from dropmon.rules.sections.oncall import zone

    loaded = asked(rules)
    table = rota.fairness(loaded, storage, instant(at, zone=zone(loaded)), past, weeks)
    output.print_table(table, form)
    raise typer.Exit(table.status.exit_code if table.status else 0)
