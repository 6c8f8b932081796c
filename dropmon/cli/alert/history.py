"""dropmon alert history: what fired, and when?"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.options import Output, RulesPath, Storage, instant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dropmon.alerts.rule import Labels, Rule
    from dropmon.rules import Rules
    from dropmon.storage.alerts import AlertStore, Changed

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Id = Annotated[
    str | None,
    typer.Argument(metavar="ALERT", help="Only of this entry of `alerts:`, or of one series: api_down/check=Stripe."),
]
Since = Annotated[str, typer.Option("--since", metavar="TIME", help="Only what is younger: a time, or 7d (ago).")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Only what is not younger. Default: now.")]


@app.command(help="Show what went from which state to which, and when.\n\nExample: dropmon alert history --since 30d")
def history(
    id: Id = None, since: Since = "7d", until: Until = None, rules: RulesPath = None, storage: Storage = None,
    form: Output = None,
) -> None:  # fmt: skip
    from dropmon import output
    from dropmon.alerts import listing
    from dropmon.cli.options import loaded, wall
    from dropmon.storage import open_for
    from dropmon.storage.alerts import alerts_of

    known = loaded(rules)
    span = instant(since, known), instant(until, known)
    with open_for(known, storage) as store:
        found = changes(known, alerts_of(store), id, *span)
    output.print_table(listing.history(found, wall(known)), form)


def changes(rules: Rules | None, alerts: AlertStore, id: str | None, start: float, end: float) -> list[Changed]:
    """What changed in a span: of every alert, of one, or of one series. Raises UsageError for one that never was."""
    if id is None:
        return alerts.changes(start, end)
    known = planned(rules)
    name = id if id in known or alerts.changes(0, inf, id) else id.partition("/")[0]
    if name == id and name in known:
        return alerts.changes(start, end, id)
    ever = alerts.changes(0, inf, name)
    keys = {labels: key(known, name, labels) for labels in {one.labels for one in ever}}
    keys |= {one.labels: key(known, name, one.labels) for one in alerts.states() if one.rule == name}
    if id not in (*keys.values(), name) or not keys:
        from dropmon.cli.alert.explain import unknown

        raise unknown(id, [*keys.values(), *known], never=name in known)
    return [one for one in ever if start < one.at <= end and id in (name, keys[one.labels])]


def planned(rules: Rules | None) -> Mapping[str, Rule]:
    """The alerts of the rules, where there are some."""
    from dropmon.flows.planning import plan

    return {rule.id: rule for rule in plan(rules).rules} if rules else {}


def key(rules: Mapping[str, Rule], name: str, labels: Labels) -> str:
    """A series as messages name it."""
    from dropmon.alerts.group import alert
    from dropmon.alerts.state import State
    from dropmon.alerts.step import gone

    state = State(name, labels)
    return alert(rules.get(name) or gone(state), state, 0.0).key
