"""dropmon triage: 03:00, what is going on?"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.options import Output, RulesPath, Storage, instant, seconds

if TYPE_CHECKING:
    from dropmon.rules import Rules
    from dropmon.triage.facts import Facts

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Within = Annotated[str, typer.Option("--within", metavar="TIME", help="Whoever has not answered by then is named.")]
All = Annotated[bool, typer.Option("--all", help="Everything, however long; a terminal shows what has room.")]
Incident = Annotated[
    int | None, typer.Option("--incident", metavar="N", help="Write it into that incident's timeline.")
]


@app.command(
    help="What is going on? Everything at once, in one screen, in under ten seconds whatever hangs.\n\n"
    "Checks, providers' incidents, alerts, databases, errors that are new since an hour ago, deployments of the last"
    " day, and who is on call: the likeliest causes first, with what speaks for each, and the runbook to open.\n\n"
    "Example: dropmon triage"
)
def triage(
    within: Within = "8s", all_: All = False, incident: Incident = None, rules: RulesPath = None,
    storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    from dropmon import output
    from dropmon import rules as loading
    from dropmon.flows.survey import survey
    from dropmon.triage.screen import page

    loaded = loading.load(loading.find(rules))
    facts = survey(loaded, storage, instant(None), seconds(within))
    lines = None if all_ or output.choose(form) is not output.Format.RICH else shutil.get_terminal_size().lines
    shown = page(facts, loaded.platform.timezone, lines)
    output.print_page(shown, form)
    attach(loaded, storage, incident, facts)
    raise typer.Exit(shown.status.exit_code)


def attach(rules: Rules, place: str | None, incident: int | None, facts: Facts) -> None:
    """Writes what was seen into the timeline of an incident, if one is meant. Raises UsageError."""
    if incident is None:
        return
    from dropmon import output
    from dropmon.cli.alert.ack import who
    from dropmon.flows import response
    from dropmon.incidents.incident import Kind
    from dropmon.triage.screen import summary

    response.noted(rules, place, incident, facts.at, who(), summary(facts), {"triage": facts.at}, kind=Kind.TRIAGED)
    output.warn(f"written into incident {incident}", f"dropmon incident timeline {incident}")
