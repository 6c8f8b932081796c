"""dropmon alert explain: why was it told, or not, and when will it be?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.options import RECENT, Output, RulesPath, Storage, instant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dropmon.alerts.rule import Plan, Rule
    from dropmon.errors import UsageError
    from dropmon.output import Table
    from dropmon.rules import Rules

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Id = Annotated[str, typer.Argument(metavar="ID", help="An id of `alerts:`.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="As if it were then. Default: now.")]


@app.command(help="Say what an evaluation would tell each channel of an alert now, why or why not, and when next."
             "\n\nExample: dropmon alert explain api_down")  # fmt: skip
def explain(id: Id, at: At = None, rules: RulesPath = None, storage: Storage = None, form: Output = None) -> None:
    from dropmon import output
    from dropmon import rules as loading
    from dropmon.flows.planning import plan

    loaded = loading.load(loading.find(rules))
    planned = plan(loaded)
    rule, when = chosen(planned, id), instant(at, loaded)
    warned(rule, when)
    output.print_table(explained(loaded, planned, rule, storage, when), form)


def chosen(plan: Plan, id: str) -> Rule:
    """The rule of that id; of a series, its rule. Raises UsageError."""
    rules = {rule.id: rule for rule in plan.rules}
    name = id if id in rules else id.partition("/")[0]
    if name not in rules:
        raise unknown(id, rules)
    return rules[name]


def unknown(id: str, known: Iterable[str], never: bool = False) -> UsageError:
    """What is said of an alert that is none, or of a series that was `never` anything but well."""
    from dropmon.errors import UsageError
    from dropmon.rules.problems import suggest

    what = f"nothing was ever said of {id}" if never else f"there is no alert {id!r}"
    return UsageError(what, suggest(id, known) or "write some under `alerts:`")


def warned(rule: Rule, at: float) -> None:
    """Says of the past that what was told by then is not what is remembered now."""
    from dropmon import output

    if at < time.time() - RECENT:
        what = "warning: that is past: throttles, acknowledgements and what was told are those of now"
        output.warn(what, f"dropmon alert backtest {rule.id} plays the past as it was")


def explained(rules: Rules, plan: Plan, rule: Rule, place: str | None, at: float) -> Table:
    """A dry run, and what it decided for this rule."""
    from dropmon.alerts.explain import explain, now
    from dropmon.cli.alert.list import fated
    from dropmon.flows.aside import aside_of
    from dropmon.flows.judge import history, known, resumed
    from dropmon.storage import open_for
    from dropmon.storage.alerts import alerts_of

    with open_for(rules, place) as store:
        done = resumed(rules, plan, store, history(rules, store), at, aside_of(rules, place), keep=False)
        answer = done.answers.get(rule.id)
        fates = fated(alerts_of(store), known(alerts_of(store)).values())
        value = now(answer.vector, answer.known(()), answer.error) if answer else "it is not evaluated"
    return explain(rule, done.step.states, done.step.decisions, at, value, fates)
