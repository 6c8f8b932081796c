"""dropmon alert list: what fires, is about to, or is not known?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from dropmon.cli.options import Output, RulesPath, Storage, instant

if TYPE_CHECKING:
    from dropmon.alerts.state import State
    from dropmon.rules import Rules

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
    from dropmon.alerts.plan import plan

    loaded = loading.load(loading.find(rules))
    known = {rule.id: rule for rule in plan(loaded).rules}
    shown = table(known, states(loaded, storage), instant(None))
    output.print_table(shown, form)
    raise typer.Exit(shown.status.exit_code if shown.status else 0)


def states(rules: Rules, place: str | None) -> list[State]:
    """What is remembered."""
    from dropmon.alerts.state import unpacked
    from dropmon.storage import open_for
    from dropmon.storage.alerts import alerts_of

    with open_for(rules, place) as store:
        return [unpacked(one.body) for one in alerts_of(store).states()]
