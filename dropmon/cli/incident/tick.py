"""dropmon incident tick: hear the alerts, and tell what is overdue."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.incident.show import At, loaded
from dropmon.cli.options import Output, RulesPath, Storage, instant

if TYPE_CHECKING:
    from dropmon.flows.tick import Ticked
    from dropmon.output import Table
    from dropmon.rules import Rules

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Send = Annotated[bool, typer.Option("--send", help="Send what is due, as `dropmon cycle` does.")]


@app.command(
    help="Let alerts open, join and resolve incidents, and tell each thing that is overdue once. `dropmon cycle` and"
    " `dropmon watch` do it every time.\n\nExample: dropmon incident tick --send"
)
def tick(
    at: At = None, send: Send = False, rules: RulesPath = None, storage: Storage = None, form: Output = None
) -> None:
    from dropmon import output
    from dropmon.flows import telling

    found = loaded(rules)
    table = ticked(found, storage, instant(at, found))
    for warning in telling.tell(found, storage, time.time).warnings if send else ():
        output.warn(f"warning: {warning.what}", warning.hint)
    output.print_table(table, form)
    raise typer.Exit(table.status.exit_code if table.status else 0)


def ticked(rules: Rules, place: str | None, at: float) -> Table:
    """One tick, and what is open after it."""
    from dropmon.flows import archive
    from dropmon.flows.planning import plan
    from dropmon.flows.tick import tick as beat
    from dropmon.incidents.listing import table
    from dropmon.storage import open_for

    with open_for(rules, place) as store:
        done = beat(rules, plan(rules), store, at, time.time())
    return table(done.open, at, archive.pager(rules, place, at), tuple(told(done)))


def told(done: Ticked) -> Iterator[str]:
    """What happened, and who is told."""
    from dropmon.incidents.listing import EVENTS
    from dropmon.incidents.timeline import said

    for incident, event in done.log:
        what = EVENTS.get(event.kind.value, event.kind.value)
        yield ": ".join(filter(None, [f"incident {incident.number} {what}", said(event)]))
    for one in done.notifications:
        yield f"tells {one.channel}: {one.alerts[0].name}: {one.alerts[0].description}"
