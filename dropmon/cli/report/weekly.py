"""dropmon report weekly: how was the week? What leadership reads, once a week."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.options import RulesPath, Storage, instant
from dropmon.cli.report.asked import At, File, Form, Open, Shown, loaded, made, show

if TYPE_CHECKING:
    from dropmon.flows.mailing import Done, Wanted
    from dropmon.rules import Rules

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Week = Annotated[
    str | None, typer.Option("--week", metavar="WEEK", help="2026-W47. Default: the last one that is over.")
]
Send = Annotated[bool, typer.Option("--send", help="Mail it to `report.weekly.to`, unless that was done.")]
IfDue = Annotated[bool, typer.Option("--if-due", help="With --send: only from `report.weekly.at` on. For cron.")]
Resend = Annotated[bool, typer.Option("--resend", help="With --send: although it was, or is being, sent.")]


@app.command(
    help="Show how a week was, beside the one before and the four before; or mail it, once whatever cron does."
    "\n\nWith --send it exits 0 when nothing is left to do, 1 when the next run tries again, 2 when it was refused;"
    "\nwith --output it also writes the file: with --if-due, the run that mails it does. Where that cannot be written,"
    "\nnothing is mailed, and it exits 3."
    "\n\nExample: dropmon report weekly --send --if-due"
)
def weekly(
    week: Week = None, send: Send = False, if_due: IfDue = False, resend: Resend = False, path: File = None,
    browse: Open = False, at: At = None, rules: RulesPath = None, storage: Storage = None, form: Form = None,
) -> None:  # fmt: skip
    own, shown = loaded(rules), Shown(form, path, browse)
    if not (send or if_due or resend):
        return show(made(own, storage, "weekly", week, at), shown)
    done = mailed(own, storage, wanted(own, send, week, at, if_due, resend, shown))
    code = 0
    if (path or browse) and (done.period or not if_due):
        code = also_shown(own, storage, done.period or week, at, shown)
    raise typer.Exit(done.code or code)


def wanted(
    rules: Rules, send: bool, week: str | None, at: str | None, if_due: bool, resend: bool, shown: Shown
) -> Wanted:  # fmt: skip
    """What is to be sent. Raises UsageError for what cannot be meant, before anything is."""
    from dropmon.errors import UsageError
    from dropmon.flows.mailing import Wanted
    from dropmon.flows.weekly import zone
    from dropmon.output.files import form_of, tried

    if not send:
        raise UsageError("--if-due and --resend say when to mail it", "add --send")
    if if_due and (week or resend):
        raise UsageError("--if-due decides itself which week is due", "leave --week and --resend out, or --if-due")
    if shown.form and not (shown.path or shown.open):
        raise UsageError("with --send, --format says how a file is written", "add --output FILE, or leave it out")
    if shown.path:
        form_of(shown.path, shown.form)
        tried(shown.path)
    return Wanted(instant(at, zone=zone(rules)), week, if_due, resend)


def also_shown(rules: Rules, place: str | None, week: str | None, at: str | None, shown: Shown) -> int:
    """Shows what was mailed, and says how to when that fails: the exit code where the sending itself went well."""
    from dropmon import output
    from dropmon.errors import DropmonError

    try:
        show(made(rules, place, "weekly", week, at), shown)
    except DropmonError as error:
        named = f" --week {week}" if week else ""
        output.warn(error.what, f"mend that, and run dropmon report weekly{named} --output FILE")
        return 3
    return 0


def mailed(rules: Rules, place: str | None, wanted: Wanted) -> Done:
    """What became of a sending, as it is said. Where cron reads, nothing is of a run that had nothing to do."""
    from dropmon import output
    from dropmon.flows import mailing

    done = mailing.send(rules, place, wanted, time.time)
    if not done.idle or not wanted.if_due or sys.stdout.isatty():
        for line in done.lines:
            output.write(line)
    for line, hint in zip(done.problems, done.hints, strict=True):
        output.warn(line, hint)
    return done
