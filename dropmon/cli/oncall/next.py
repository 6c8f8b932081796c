"""dropmon oncall next: when is it somebody's turn?"""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli.oncall import At
from dropmon.cli.options import Output, RulesPath, Storage, instant

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Name = Annotated[str, typer.Argument(metavar="PERSON", help="A short name under `oncall: people:`.")]
Count = Annotated[int, typer.Option("--count", metavar="N", min=1, max=500, help="How many shifts.")]


@app.command("next", help="Show somebody's next shifts, by the clock where they live."
             "\n\nExample: dropmon oncall next alice")  # fmt: skip
def next_(
    person: Name, count: Count = 4, at: At = None, rules: RulesPath = None, storage: Storage = None, form: Output = None
) -> None:
    from dropmon import output
    from dropmon.cli.oncall.asked import asked, someone
    from dropmon.flows import paging, rota
    from dropmon.oncall.said import upcoming

    known = paging.known(asked(rules), storage)
    who, start = someone(known.roster, person), instant(at, zone=known.roster.zone)
    turns = rota.turns(known, who, start, count)
    output.print_table(upcoming(who, turns, start, who.zone or known.roster.zone), form)
