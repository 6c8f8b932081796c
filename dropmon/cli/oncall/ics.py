"""dropmon oncall ics: the shifts as a calendar."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dropmon.cli.oncall import At
from dropmon.cli.options import RulesPath, Storage, instant

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Person = Annotated[str | None, typer.Option("--person", metavar="PERSON", help="Only theirs.")]
Weeks = Annotated[int, typer.Option("--weeks", metavar="N", min=1, max=520, help="Weeks ahead.")]
File = Annotated[Path | None, typer.Option("--file", metavar="FILE", help="Default: the screen.")]


@app.command(help="Write the shifts as a calendar (RFC 5545) that phones subscribe to; those that are off stay, as "
             "cancelled.\n\nExample: dropmon oncall ics --person alice --file alice.ics")  # fmt: skip
def ics(
    person: Person = None, weeks: Weeks = 26, file: File = None, at: At = None, rules: RulesPath = None,
    storage: Storage = None,
) -> None:  # fmt: skip
    from dropmon.cli.oncall.asked import asked, given, someone
    from dropmon.flows import paging, rota

    loaded = asked(rules)
    known = paging.known(loaded, storage)
    who = someone(known.roster, person) if person else None
    given(rota.calendar(loaded, storage, instant(at, zone=known.roster.zone), weeks, who), file)
