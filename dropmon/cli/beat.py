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
    from dropmon.storage import open_for

    loaded = loading.load(loading.find(rules))
    job = as_written(name, [entry.name for entry in loaded.entries("heartbeats")])
    with open_for(loaded, storage) as store:
        store.record([sample(job, instant(at, loaded))])


def as_written(name: str, jobs: list[str]) -> str:
    """The job as the rules name it, whatever case was typed: under another name its report would not be found."""
    from dropmon.checks.targets import Wanted, unknown

    if name in jobs:
        return name
    found = next((job for job in jobs if job.casefold() == name.casefold()), None)
    if found is None:
        raise unknown(name, Wanted(("heartbeats",)), jobs)
    return found
