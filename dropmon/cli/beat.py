"""dropmon beat: a job says that it ran."""

from __future__ import annotations

from typing import Annotated

import typer

from dropmon.cli.options import RulesPath, Storage, instant

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    help="Say that a job ran: the last line of a cron job. `dropmon check heartbeats` tells who is late."
    "\n\nExample: dropmon beat nightly-import"
)
def beat(
    name: Annotated[str, typer.Argument(help="The heartbeat's name in the rules.")],
    at: Annotated[str | None, typer.Option("--at", help="When it ran, as ISO 8601. Default: now.")] = None,
    rules: RulesPath = None,
    storage: Storage = None,
) -> None:
    from dropmon import rules as loading
    from dropmon.checks.memory import beat as sample
    from dropmon.checks.targets import Wanted, known
    from dropmon.storage import open_store

    loaded = loading.load(loading.find(rules))
    known(Wanted(("heartbeats",), (name,)), [entry.name for entry in loaded.entries("heartbeats")])
    with open_store(storage or loaded.storage) as store:
        store.record([sample(name, instant(at))])
