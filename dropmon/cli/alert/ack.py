"""dropmon alert ack: I have it."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.alert.show import Key
from dropmon.cli.options import Output, RulesPath, Storage, instant, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dropmon.alerts.rule import Plan
    from dropmon.alerts.state import Ack, State
    from dropmon.rules import Rules
    from dropmon.storage.alerts import AlertStore

app = typer.Typer(rich_markup_mode=None, add_completion=False)

By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who has it. Default: who you are here.")]
For = Annotated[str | None, typer.Option("--for", metavar="TIME", help="Remind again after so long. Default: never.")]
Comment = Annotated[str, typer.Option("--comment", "-m", metavar="TEXT", help="What you are doing about it.")]
Undo = Annotated[bool, typer.Option("--undo", help="You have it no more: remind again.")]


@app.command(help="Say that you have it: no more reminders until it is over. That it is over, or worse, is still told."
             "\n\nExample: dropmon alert ack api_down/check=Stripe --for 2h -m 'their incident'")  # fmt: skip
def ack(
    alert: Key, by: By = None, within: For = None, comment: Comment = "", undo: Undo = False, rules: RulesPath = None,
    storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    from dropmon import output
    from dropmon import rules as loading
    from dropmon.alerts.listing import table
    from dropmon.flows.planning import plan

    loaded = loading.load(loading.find(rules))
    planned = plan(loaded)
    mine = None if undo else said(by, within, comment, instant(None))
    done = acknowledged(loaded, planned, storage, alert, mine)
    output.print_table(table({rule.id: rule for rule in planned.rules}, done, instant(None)), form)


def said(by: str | None, within: str | None, comment: str, at: float) -> Ack:
    from dropmon.alerts.state import Ack

    return Ack(by or who(), at, at + seconds(within) if within else None, comment)


def who() -> str:
    """The user; containers know some without a name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"


def acknowledged(rules: Rules, plan: Plan, place: str | None, key: str, ack: Ack | None) -> list[State]:
    """The series that were meant, remembered as acknowledged, with the incidents that they belong to.

    Raises UsageError when there are none.
    """
    from dropmon import output
    from dropmon.alerts.state import packed, unpacked
    from dropmon.cli.alert.show import meant
    from dropmon.storage import open_for
    from dropmon.storage.alerts import Kept, alerts_of

    told: list[str] = []
    with open_for(rules, place) as store:
        alerts = alerts_of(store)
        with alerts.writing():
            known = [unpacked(one.body) for one in alerts.states()]
            done = [state._replace(ack=ack) for _, state in meant(key, plan, known)]
            alerts.keep((Kept(one.rule, one.labels, one.shown.value, one.at, packed(one)) for one in done), ())
            if ack:
                told = incidents(rules, alerts, done, ack)
    for line in told:
        output.warn(line)
    return done


def incidents(rules: Rules, alerts: AlertStore, states: Iterable[State], ack: Ack) -> list[str]:
    """Takes the incidents of these series, in the transaction that is open; who has them."""
    from dropmon.flows.desk import Desk
    from dropmon.flows.response import taken
    from dropmon.storage.incidents import IncidentStore

    desk = Desk(IncidentStore(alerts), rules, ack.at, ack.at)
    done = taken(desk, [(one.rule, one.labels) for one in states if one.active], ack.author, ack.comment)
    return [f"incident {each.incident.number} is {each.incident.holder}'s" for each in done]
