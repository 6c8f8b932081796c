"""dropmon incident show: everything about one incident. And what the other commands share."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from math import inf
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.options import Output, RulesPath, Storage, instant

if TYPE_CHECKING:
    from dropmon.alerts.notification import Notification
    from dropmon.flows.desk import Desk
    from dropmon.incidents.incident import Incident
    from dropmon.output import Table
    from dropmon.rules import Rules

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="As `incident list` shows it.", min=1)]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="As if it were then. Default: now.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who says so. Default: who you are here.")]
Send = Annotated[bool, typer.Option("--send/--no-send", help="Tell it at once, or leave that to the next cycle.")]
Comment = Annotated[str, typer.Option("--comment", "-m", metavar="TEXT", help="A sentence more.")]


@app.command(help="Show where an incident stands, what to do next, and its timeline."
             "\n\nExample: dropmon incident show 12")  # fmt: skip
def show(number: Number, at: At = None, rules: RulesPath = None, storage: Storage = None, form: Output = None) -> None:
    from dropmon import output

    table = shown(loaded(rules), storage, number, at)
    output.print_table(table, form)
    raise typer.Exit(table.status.exit_code if table.status else 0)


def loaded(path: RulesPath) -> Rules:
    from dropmon import rules

    return rules.load(rules.find(path))


def shown(rules: Rules, place: str | None, number: int, at: str | None) -> Table:
    """An incident as it stands, or stood at another time."""
    from dropmon.flows import archive
    from dropmon.incidents.listing import shown as table
    from dropmon.incidents.timeline import lines

    when = instant(at, rules)
    found = archive.story(rules, place, number, when if at else inf)
    who = archive.pager(rules, place, when)(found.incident)
    who = "" if found.incident.holder else who
    whole = table(found.incident, lines(found.events), when, who, rules.platform.timezone)
    return whole._replace(notes=(*whole.notes, *orphaned(rules, found.incident)))


def orphaned(rules: Rules, incident: Incident) -> Iterator[str]:
    """That nobody is called any more, where the rules do not speak of its alerts."""
    from dropmon.errors import RulesError
    from dropmon.flows.planning import plan
    from dropmon.incidents import grouping

    if not (incident.open and incident.firing):
        return
    with suppress(RulesError):  # what is wrong with other sections is not asked here
        known = {rule.id for rule in plan(rules).rules}
        for name in grouping.orphaned(incident, known):
            yield f"its rule is gone: nothing is known of {name} any more, and nobody is called for it"
            yield f"when it is over: dropmon incident resolve {incident.number}"


@contextmanager
def desk(rules: Rules, place: str | None, at: str | None) -> Iterator[Desk]:
    """Where something is done about incidents: all of it or nothing."""
    from dropmon.flows.desk import desk as opened

    with opened(rules, place, instant(at, rules), time.time()) as own:
        yield own


def said(
    rules: Rules, place: str | None, number: int, at: str | None, form: Output, told: Sequence[Notification] = (),
    send: bool = True,
) -> None:  # fmt: skip
    """Tells whoever is to be told, and shows what has become of it."""
    from dropmon import output
    from dropmon.flows.sending import sent

    lines = sent(rules, place, told, send, time.time)
    table = shown(rules, place, number, at)
    output.print_table(table._replace(notes=(*lines, *table.notes)), form)


def person(rules: Rules, name: str) -> str:
    """Somebody of `oncall.people`, where the rules name people. Raises UsageError."""
    from dropmon.errors import UsageError
    from dropmon.rules.problems import suggest

    people = rules.oncall.people if "oncall" in rules.given else {}
    if people and name not in people:
        raise UsageError(f"there is no person {name!r}", suggest(name, people) or f"one of {', '.join(sorted(people))}")
    return name
