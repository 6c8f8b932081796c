"""dropmon alert lint: what is allowed, and probably not meant?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from dropmon.cli.options import Output, RulesPath, Storage

if TYPE_CHECKING:
    from dropmon.alerts.rule import Plan
    from dropmon.output import Table
    from dropmon.rules import Rules

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(help="Say what is doubtful about alerts: nobody is told, nothing is measured, it always fires."
             "\n\nWhat is wrong with the file `dropmon rules check` says.\n\nExample: dropmon alert lint")  # fmt: skip
def lint(rules: RulesPath = None, storage: Storage = None, form: Output = None) -> None:
    from dropmon import output
    from dropmon import rules as loading
    from dropmon.flows.planning import plan

    loaded = loading.load(loading.find(rules))
    table = linted(loaded, plan(loaded), storage)
    output.print_table(table, form)
    raise typer.Exit(table.status.exit_code if table.status else 0)


def linted(rules: Rules, plan: Plan, place: str | None) -> Table:
    """The doubts, with a look at what has been recorded so far."""
    from dropmon.alerts.lint import doubts, table
    from dropmon.flows.labelled import labelled
    from dropmon.slo.alerting import RECORDED
    from dropmon.storage import open_for

    with open_for(rules, place) as store:
        known = labelled(rules, plan, store) if plan.windows else {}
        found = doubts(plan, rules.metrics, lambda name: name in RECORDED or bool(store.series(name)), known)
    return table(found, len(plan.rules))
