"""dropmon alert send: tell a channel something, from a script."""

from __future__ import annotations

import time
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.options import Output, RulesPath, Storage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dropmon.alerts.notification import Alert
    from dropmon.alerts.outcome import Round
    from dropmon.rules import Rules

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Name = Annotated[str, typer.Option("--name", metavar="TEXT", help="What it is about: the title.")]
Severity = Annotated[str, typer.Option("--severity", metavar="low|medium|high|critical", help="How bad it is.")]
Channel = Annotated[
    list[str] | None,
    typer.Option("--channel", "-c", metavar="NAME", help="To whom. Default: all that stand in for no other."),
]  # fmt: skip
Description = Annotated[str, typer.Option("--description", metavar="TEXT", help="A sentence more.")]
Runbook = Annotated[str | None, typer.Option("--runbook", metavar="TEXT", help="The page that says what to do.")]
Id = Annotated[str | None, typer.Option("--id", metavar="TEXT", help="What the rules sent under it is sent once.")]
Resolved = Annotated[bool, typer.Option("--resolved", help="Say that it is over.")]


@app.command(help="Tell channels something: through the outbox, so that it is not lost when one of them is down."
             "\n\nExample: dropmon alert send --name 'Deployment failed' --severity high -c slack")  # fmt: skip
def send(
    name: Name, severity: Severity = "high", channel: Channel = None, description: Description = "",
    runbook: Runbook = None, id: Id = None, resolved: Resolved = False, rules: RulesPath = None,
    storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    from dropmon import output
    from dropmon import rules as loading
    from dropmon.alerts.table import sent

    loaded = loading.load(loading.find(rules))
    at = time.time()
    alert = said(name, severity, description, runbook, resolved, at)
    done = told(loaded, storage, alert, channel or (), id, at)
    table = sent(done)
    output.print_table(table, form)
    raise typer.Exit(table.status.exit_code if table.status else 0)


def said(name: str, severity: str, description: str, runbook: str | None, resolved: bool, at: float) -> Alert:
    """The alert that a command line speaks of. Raises UsageError."""
    from dropmon.alerts import notification
    from dropmon.errors import UsageError
    from dropmon.rules.problems import suggest

    words = {each.word: each for each in notification.Severity}
    if severity.lower() not in words:
        raise UsageError(f"{severity!r} is no severity", suggest(severity, words) or "low, medium, high or critical")
    phase = notification.Phase.RESOLVED if resolved else notification.Phase.FIRING
    ended = at if resolved else None
    return notification.Alert(
        f"sent/{name}", name, words[severity.lower()], phase, since=at, ended=ended, description=description,
        runbook=runbook,
    )  # fmt: skip


def told(
    rules: Rules, place: str | None, alert: Alert, names: Sequence[str], id: str | None, at: float
) -> Round:  # fmt: skip
    """Puts it into the outbox and sends what is due; what cannot be kept is sent at once, without one."""
    from dropmon import output
    from dropmon.alerts.notification import Notification, Phase, Reason
    from dropmon.cli.alert.test import chosen
    from dropmon.errors import StorageError
    from dropmon.flows import telling
    from dropmon.flows.paging import every
    from dropmon.rules.sections.channels import given
    from dropmon.storage import written_by

    own = given(rules)
    fallbacks = {each.fallback for each in own.values()}
    known = every(rules, place, at)
    wanted = [*chosen(known, list(names))] if names else [name for name in chosen(own, ()) if name not in fallbacks]
    reason = Reason.RESOLVED if alert.phase is Phase.RESOLVED else Reason.FIRST
    same = f"{written_by(rules)}\n{sameness(alert, id, at)}"  # an id means nothing to another file of the same history
    messages = [Notification(named(same, name), name, reason, (alert,), at, rules.platform.name) for name in wanted]
    try:
        return telling.say(rules, place, messages, time.time)
    except StorageError as error:
        output.warn(f"warning: {error.what}: sent without an outbox, once", error.hint)
        return telling.say_at_once(rules, messages, time.time, place)


def sameness(alert: Alert, id: str | None, at: float) -> str:
    """What makes a message the same as another: the id that it was given, and whether it says that it is over."""
    if id is None:
        return repr((alert, at))
    return id if alert.ended is None else f"{id}\nresolved"


def named(text: str, channel: str) -> str:
    """The id of a message to a channel."""
    return sha256(f"{channel}\n{text}".encode(errors="replace")).hexdigest()[:32]
