"""dropmon incident list: what is broken, the worst first."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.incident.show import At, loaded
from dropmon.cli.options import Output, RulesPath, Storage, instant

if TYPE_CHECKING:
    from dropmon.output import Table
    from dropmon.rules import Rules

app = typer.Typer(rich_markup_mode=None, add_completion=False)

All = Annotated[bool, typer.Option("--all", help="Also those that are over.")]
Since = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Also those of that time: a time, or 30d (ago).")
]


@app.command(
    "list",
    help="Show what is broken, the worst first: what is asked next, and who has it."
    "\n\nExits 0 when nothing is open, 1 for minor, 2 for major and critical incidents."
    "\n\nExample: dropmon incident list --since 30d",
)
def list_(
    everything: All = False, since: Since = None, at: At = None, rules: RulesPath = None, storage: Storage = None,
    form: Output = None,
) -> None:  # fmt: skip
    from dropmon import output

    found = loaded(rules)
    start = instant(since, found) if since else 0.0 if everything else None
    table = listed(found, storage, at, start)
    output.print_table(table, form)
    raise typer.Exit(table.status.exit_code if table.status else 0)


def listed(rules: Rules, place: str | None, at: str | None, since: float | None) -> Table:
    """The incidents, and what comes again and again."""
    from dropmon.flows import archive
    from dropmon.incidents import measure
    from dropmon.incidents.listing import table

    when = instant(at, rules)
    found = archive.stories(rules, place, when if at else inf, since)
    notes = [
        f"{len(numbers)} times in 30 days: {trouble} (incidents {', '.join(map(str, numbers))})"
        for trouble, numbers in measure.recurring(found, when).items()
    ]
    return table(found, when, archive.pager(rules, place, when), tuple(notes))
