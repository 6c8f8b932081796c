"""dropmon alert show: everything about one alert."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.options import Output, RulesPath, Storage, instant, wall

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dropmon.alerts.rule import Labels, Plan, Rule
    from dropmon.alerts.state import State
    from dropmon.incidents.incident import Incident
    from dropmon.rules import Rules

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Key = Annotated[str, typer.Argument(metavar="ALERT", help="An id of `alerts:`, or one series: api_down/check=Stripe.")]


@app.command(help="Show everything about an alert.\n\nExample: dropmon alert show api_down/check=Stripe")
def show(alert: Key, rules: RulesPath = None, storage: Storage = None, form: Output = None) -> None:
    from dropmon import output
    from dropmon import rules as loading
    from dropmon.alerts.listing import facts
    from dropmon.cli.alert.list import remembered
    from dropmon.flows.planning import plan

    loaded = loading.load(loading.find(rules))
    found, fates = remembered(loaded, storage)
    own = incidents(loaded, storage)
    for rule, state in meant(alert, plan(loaded), found):
        more = said(own.get((state.rule, state.labels)))
        output.print_table(facts(rule, state, instant(None), fates, more, wall(loaded)), form)


def incidents(rules: Rules, place: str | None) -> dict[tuple[str, Labels], Incident]:
    """The incident of each series that has one: an open one, or one that was resolved while the alert went on."""
    from dropmon.incidents.incident import unpacked
    from dropmon.storage import open_for
    from dropmon.storage.incidents import incidents_of

    with open_for(rules, place) as store:
        known = incidents_of(store)
        found = [unpacked(body) for body in (*known.ringing(), *known.bodies())]
    return {one.series: each for each in found for one in each.members}


def said(incident: Incident | None) -> dict[str, object]:
    """What an alert says of its incident."""
    return {
        "incident": incident.number if incident else None,
        "incident_state": incident.state.value if incident else None,
        "incident_holder": incident.holder or None if incident else None,
    }


def meant(key: str, plan: Plan, states: Iterable[State]) -> list[tuple[Rule, State]]:
    """The series that a key means: one, or all of a rule that anything is remembered of. Raises UsageError."""
    from dropmon.alerts.group import alert
    from dropmon.alerts.listing import worth_a_row
    from dropmon.alerts.step import gone
    from dropmon.errors import UsageError
    from dropmon.rules.problems import suggest

    rules = {rule.id: rule for rule in plan.rules}
    known = [(rules.get(state.rule) or gone(state), state) for state in states if worth_a_row(state)]
    named = {alert(rule, state, 0.0).key: (rule, state) for rule, state in known}
    found = [named[key]] if key in named else [each for each in known if each[0].id == key]
    if found:
        return found
    if key.partition("/")[0] in rules:
        raise UsageError(
            f"{key} is well: there is nothing to say of it", f"dropmon alert explain {key.partition('/')[0]}"
        )
    raise UsageError(f"there is no alert {key!r}", suggest(key, [*named, *rules]))
