"""dropmon alert history: what fired, and when?"""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli.options import Output, RulesPath, Storage, instant

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Id = Annotated[str | None, typer.Argument(metavar="ID", help="Only of this entry of `alerts:`.")]
Since = Annotated[str, typer.Option("--since", metavar="TIME", help="Only what is younger: a time, or 7d ago.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Only what is not younger. Default: now.")]


@app.command(help="Show what went from which state to which, and when.\n\nExample: dropmon alert history --since 30d")
def history(
    id: Id = None, since: Since = "7d", until: Until = None, rules: RulesPath = None, storage: Storage = None,
    form: Output = None,
) -> None:  # fmt: skip
    from dropmon import output
    from dropmon.alerts import listing
    from dropmon.cli.options import loaded, wall
    from dropmon.storage import open_for
    from dropmon.storage.alerts import alerts_of

    known = loaded(rules)
    with open_for(known, storage) as store:
        found = alerts_of(store).changes(instant(since, known), instant(until, known), id)
    output.print_table(listing.history(found, wall(known)), form)
