"""dropmon alert lint: what is allowed, and probably not meant?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from dropmon.cli.options import Output, RulesPath, Storage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dropmon.alerts.rule import Plan
    from dropmon.output import Table
    from dropmon.rules import Rules
    from dropmon.storage.matcher import Matcher

NAME = "__name__"
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
    from dropmon.rules.intervals import interval
    from dropmon.slo.alerting import RECORDED
    from dropmon.storage import open_for

    pace = interval(rules)
    checks = [{"check": one.name, "kind": one.section} for one in rules.entries()] if "checks" in rules.given else []
    with open_for(rules, place) as store:

        def often(name: str, matchers: Sequence[Matcher]) -> float | None:
            if name in rules.metrics:  # recorded whenever the alerts are judged
                return None
            probed = checks if name.startswith("probe_") else []
            own = [one for one in probed if all(each.accepts(one) for each in matchers)]
            found = [dict(one.labels) for one in store.series(name, matchers)] or own
            return max((pace({**each, NAME: name}) for each in found), default=None)

        known = labelled(rules, plan, store) if plan.windows else {}
        found = doubts(plan, rules.metrics, lambda name: name in RECORDED or bool(store.series(name)), known, often)
    return table(found, len(plan.rules))
