"""dropmon alert test: does a channel work?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.options import Output, RulesPath, Storage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dropmon.alerts.channel import Given
    from dropmon.alerts.delivery import Delivery
    from dropmon.alerts.notification import Notification
    from dropmon.rules import Rules

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Names = Annotated[list[str] | None, typer.Argument(metavar="CHANNEL…", help="Only these. Default: all.")]


@app.command("test", help="Send a test message through channels, at once, and say what became of it."
             "\n\nExample: dropmon alert test slack")  # fmt: skip
def try_(name: Names = None, rules: RulesPath = None, storage: Storage = None, form: Output = None) -> None:
    from dropmon import output
    from dropmon import rules as loading
    from dropmon.alerts.table import verdicts

    loaded = loading.load(loading.find(rules))
    wanted = chosen(known(loaded, storage, bool(name)), name or ())
    done = {each.name: tried(loaded, each) for each in wanted.values()}
    table = verdicts(done, wanted)
    output.print_table(table, form)
    raise typer.Exit(table.status.exit_code if table.status else 0)


def known(rules: Rules, place: str | None, people: bool) -> dict[str, Given]:
    """The channels of the rules; with those that are people when somebody is named: they would all be told twice."""
    from dropmon.flows.paging import every
    from dropmon.rules.sections.channels import given

    return every(rules, place, time.time()) if people else given(rules)


def chosen(known: Mapping[str, Given], names: list[str] | tuple[str, ...]) -> dict[str, Given]:
    """The channels of these names; all, when none is named. Raises UsageError."""
    from dropmon.errors import UsageError
    from dropmon.rules.problems import suggest

    for name in names:
        if name not in known:
            raise UsageError(f"there is no channel {name!r}", suggest(name, known) or "add it under `channels:`")
    if not known:
        raise UsageError("the rules have no channel", "add one: channels: {slack: {webhook: …}}")
    return {name: known[name] for name in names or known}


def tried(rules: Rules, given: Given) -> Delivery:
    """What became of a test message."""
    from dropmon.alerts.delivery import refused
    from dropmon.alerts.dispatch import straight
    from dropmon.flows import telling

    if given.channel is None:
        return refused(str(given.problem))
    return straight(given.channel, message(rules, given.name, time.time()), telling.voice(rules), time.time)


def message(rules: Rules, channel: str, at: float) -> Notification:
    """What a test says."""
    from dropmon.alerts.notification import Alert, Notification, Phase, Reason, Severity

    alert = Alert("test", "dropmon alert test", Severity.LOW, Phase.FIRING, since=at)
    return Notification(f"test.{channel}.{at:.6f}", channel, Reason.TEST, (alert,), at, rules.platform.name)
