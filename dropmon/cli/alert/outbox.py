"""dropmon alert outbox: what waits to be told, what was given up."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from dropmon.cli.options import Output, RulesPath, Storage, instant, loaded

app = typer.Typer(rich_markup_mode=None, add_completion=False)

All = Annotated[bool, typer.Option("--all", help="Also what was sent.")]
Send = Annotated[bool, typer.Option("--send", help="Send first what is due: `dropmon cycle` does it anyway.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="As if it were then. Default: now.")]


@app.command(help="Show the messages that wait to be told, and those that were given up."
             "\n\nExample: dropmon alert outbox")  # fmt: skip
def outbox(
    everything: All = False, send: Send = False, at: At = None, rules: RulesPath = None, storage: Storage = None,
    form: Output = None,
) -> None:  # fmt: skip
    from dropmon import output
    from dropmon.alerts.table import waiting
    from dropmon.storage.outbox import open_outbox

    found = loaded(rules)
    if send:
        sent(rules, storage)
    with open_outbox(found, storage) as box:
        rows = box.rows(() if everything else ("waiting", "sending", "dead"))
    table = waiting(rows, instant(at, found))
    output.print_table(table, form)
    raise typer.Exit(table.status.exit_code if table.status else 0)


def sent(rules: RulesPath, storage: Storage) -> None:
    """Sends what is due."""
    from dropmon import output
    from dropmon import rules as loading
    from dropmon.flows import telling

    for warning in telling.tell(loading.load(loading.find(rules)), storage, time.time).warnings:
        output.warn(f"warning: {warning.what}", warning.hint)
