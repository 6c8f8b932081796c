"""dropmon alert list: what fires, is about to, or is not known?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from dropmon.cli.options import Output, RulesPath, Storage, instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dropmon.alerts.state import State
    from dropmon.rules import Rules
    from dropmon.storage.alerts import AlertStore

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    "list",
    help="Show what fires, is about to, or is not known, as the last evaluation left it."
    "\n\nExample: dropmon alert list",
)
def list_(rules: RulesPath = None, storage: Storage = None, form: Output = None) -> None:
    from dropmon import output
    from dropmon import rules as loading
    from dropmon.alerts.listing import table
    from dropmon.flows.planning import plan

    loaded = loading.load(loading.find(rules))
    known = {rule.id: rule for rule in plan(loaded).rules}
    found, fates = remembered(loaded, storage)
    shown = table(known, found, instant(None), fates=fates)
    output.print_table(shown, form)
    raise typer.Exit(shown.status.exit_code if shown.status else 0)


def states(rules: Rules, place: str | None) -> list[State]:
    """What is remembered."""
    return remembered(rules, place)[0]


def remembered(rules: Rules, place: str | None) -> tuple[list[State], dict[str, str]]:
    """What is remembered, and what became of messages that have not arrived, by their ids."""
    from dropmon.alerts.state import unpacked
    from dropmon.storage import open_for
    from dropmon.storage.alerts import alerts_of

    with open_for(rules, place) as store:
        alerts = alerts_of(store)
        found = [unpacked(one.body) for one in alerts.states()]
        return found, fated(alerts, found)


def fated(alerts: AlertStore, states: Iterable[State]) -> dict[str, str]:
    """What became of the messages that tell of these and have not arrived, by their ids."""
    from dropmon.alerts.listing import fates
    from dropmon.alerts.state import ids

    told = ids(states)
    if not told:
        return {}
    failed = alerts.failed(told)
    instead = [(first, channel) for first, channel, _ in alerts.instead(failed)]
    return fates(alerts.lost(failed), alerts.held(told), instead)
