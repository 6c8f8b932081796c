"""dropmon oncall swap: two people change their next weeks."""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli.oncall import At
from dropmon.cli.oncall.override import By, Reason
from dropmon.cli.options import Output, RulesPath, Storage, instant

app = typer.Typer(rich_markup_mode=None, add_completion=False)

One = Annotated[str, typer.Argument(metavar="PERSON", help="Whose next whole week as primary goes …")]
Other = Annotated[str, typer.Argument(metavar="PERSON", help="… to whom, and the other way round.")]


@app.command(help="Let two people change their next whole weeks as primary; where the other was backup, they change "
             "roles.\n\nExample: dropmon oncall swap alice bob -m 'wedding'")  # fmt: skip
def swap(
    one: One, other: Other, reason: Reason = "", by: By = None, at: At = None, rules: RulesPath = None,
    storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    from dropmon.cli.alert.ack import who
    from dropmon.cli.oncall.asked import asked, someone
    from dropmon.cli.oncall.override import show
    from dropmon.flows import paging, rota

    loaded = asked(rules)
    known = paging.known(loaded, storage)
    now = instant(at, zone=known.roster.zone)
    changed = rota.swapped(known, someone(known.roster, one), someone(known.roster, other), now)
    made = [each._replace(reason=reason, author=by or who()) for each in changed]
    rota.override(loaded, storage, made)
    show(known, [(each, False) for each in made], now, form, rota.unequal(known, made, now))
