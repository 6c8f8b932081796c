"""Which page is meant: by its own name, by an alert, or by one series of an alert."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from dropmon.errors import StorageError

if TYPE_CHECKING:
    from dropmon.alerts.rule import Rule
    from dropmon.alerts.state import State
    from dropmon.rules import Rules
    from dropmon.runbooks.page import Page
    from dropmon.runbooks.shelf import Shelf

Wanted = Annotated[
    str, typer.Argument(metavar="ALERT|NAME", help="A runbook, an id of `alerts:`, or a series: api_down/check=Stripe.")
]


class Subject(NamedTuple):
    """A page, and what an alert tells of its parameters."""

    page: Page
    facts: Mapping[str, str] = {}


def subject(wanted: str, rules: Rules | None, place: str | None) -> Subject:
    """The page that is meant, read. Raises RunbookError, and RulesError for mistakes in the rules."""
    from dropmon.flows.planning import plan
    from dropmon.rules.links import shelf

    pages = shelf(rules)
    known = {rule.id: rule for rule in plan(rules).rules} if rules and {"alerts", "slos"} & rules.given else {}
    id_, _, rest = wanted.partition("/")
    if rules is None or id_ not in known:
        return Subject(named(pages, wanted, known))
    facts = told(known[id_], rest, rules, place)
    return Subject(named(pages, linked(pages, known[id_], facts), known), facts)


def linked(pages: Shelf, rule: Rule, facts: Mapping[str, str]) -> str:
    """The name of an alert's page: the one it names, that of its check, or the one that is called like it.

    Raises RunbookError.
    """
    from dropmon.runbooks.page import RunbookError

    names = (rule.page(facts), rule.id, rule.id.replace("_", "-"))
    if names[0] and re.match(r"https?://", names[0]):
        raise RunbookError(f"the runbook of {rule.id} is a page of the web: {names[0]}", "open it in a browser")
    found = next((name for name in names if name and (name == names[0] or pages.book(name))), None)
    if found is None:
        hint = f"name one in the rules: `runbook:`; or write runbooks/{names[2]}.md"
        raise RunbookError(f"the alert {rule.id} names no runbook", hint)
    return found


def named(pages: Shelf, name: str, alerts: Mapping[str, object]) -> Page:
    """The page of that name. Raises RunbookError with what there is."""
    from dropmon.rules.problems import nearest
    from dropmon.runbooks import shelf
    from dropmon.runbooks.page import RunbookError
    from dropmon.runbooks.parse import parse

    book = pages.book(name)
    if book:
        return parse(shelf.content(book.path), book.name, book.path)
    if not shelf.proper(name) and name.partition("/")[0] not in alerts:
        raise RunbookError(f"{name!r} is no name of a runbook", "a name has no folder; dropmon runbook list shows all")
    near = nearest(name, [*(each.name for each in pages.books()), *alerts])
    what = f"there is no runbook {name!r}" + (f" in {pages.own}" if pages.own else "")
    raise RunbookError(what, f"did you mean {near!r}?" if near else "dropmon runbook list shows all")


def told(rule: Rule, series: str, rules: Rules, place: str | None) -> dict[str, str]:
    """What an alert tells: the labels of the series that is meant, or those that all its series share now."""
    own = {"alert": rule.id, "severity": rule.severity.word, **rule.labels}
    if series:
        pairs = (each.partition("=") for each in re.split(r"/(?=[A-Za-z_][A-Za-z0-9_]*=)", series))
        return {**own, **{name: value for name, _, value in pairs if name}, "key": f"{rule.id}/{series}"}
    firing = [dict(each.labels) for each in states(rules, place) if each.rule == rule.id and each.active]
    shared = set.intersection(*(set(labels.items()) for labels in firing)) if firing else set()
    return {**own, **dict(shared)}


def of_incident(number: int, rules: Rules, place: str | None) -> dict[str, str]:
    """What an incident tells: the labels that its alerts share, those that fire if any does. Raises UsageError."""
    from dropmon.flows.archive import story

    incident = story(rules, place, number).incident
    labels = [set(each.labels) for each in incident.firing or incident.members]
    return {**dict(set.intersection(*labels) if labels else ()), "incident": str(number)}


def states(rules: Rules, place: str | None) -> list[State]:
    """What is remembered of alerts; nothing where that cannot be read: the page is needed all the same."""
    from dropmon import output
    from dropmon.cli.alert import list as listing
    from dropmon.storage import place_of

    try:
        if not place_of(rules, place).exists():
            return []
        return listing.states(rules, place)
    except StorageError as error:
        output.warn(f"what fires is not known: {error.what}", error.hint)
        return []
