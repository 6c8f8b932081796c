"""Where the rules name a runbook, and where its pages are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dropmon.rules.nodes import Steps
from dropmon.rules.references import Complaint, Entry, Written, said
from dropmon.runbooks.shelf import FOLDER, Shelf

if TYPE_CHECKING:
    from dropmon.rules.file import Rules

URGENT = {"high", "critical"}  # who is woken up by it must find what it promises
ADDRESS = re.compile(r"https?://")


class Link(NamedTuple):
    """A runbook's name, and where it is said."""

    name: str
    path: Steps
    by: str  # what says so: 'alert api_down'
    urgent: bool = False
    fills: frozenset[str] = frozenset()  # the labels it may have: they fill parameters of the page


def links(written: Written) -> Iterator[Link]:
    """Every runbook that is named; what is an address of the web is left to the web."""
    sections = (("check", written.checks, "name"), ("database", written.entries("databases"), ""),
                ("alert", written.entries("alerts"), "id"), ("SLO", written.entries("slos"), "name"))  # fmt: skip
    for noun, entries, key in sections:
        for path, values in entries:
            for name in said([(path, values)], "runbook"):
                if not ADDRESS.match(name.text):
                    who = str(values.get(key, path[-1])) if key else str(path[-1])
                    yield Link(name.text, name.path, f"{noun} {who}", urgent(values), frozenset(_labels(values)))
    defaults = written.sections.get("defaults")
    usual: list[Entry] = [(("defaults",), defaults)] if isinstance(defaults, dict) else []
    yield from (Link(name.text, name.path, "defaults") for name in said(usual, "runbook"))


def urgent(values: Mapping[str, Any]) -> bool:
    """Whether somebody is woken up by it."""
    return values.get("severity") in URGENT


def _labels(values: Mapping[str, Any]) -> Iterator[str]:
    """Labels that an entry's alerts may have: those it adds, and every word of its condition."""
    labels, condition = values.get("labels"), values.get("condition")
    yield from labels if isinstance(labels, dict) else ()
    yield from re.findall(r"[A-Za-z_][A-Za-z0-9_]*", condition) if isinstance(condition, str) else ()


def shelf(rules: Rules | None) -> Shelf:
    """The pages of these rules, or those in this folder, and those that come with dropmon. Raises RulesError."""
    return Shelf(rules.path.parent / (rules.runbooks.folder or FOLDER) if rules else Path(FOLDER))


def missing(rules: Rules, written: Written) -> Iterator[Complaint]:
    """Runbooks without a page: all, when the rules say where the pages are; else those of alerts that wake people."""
    place = written.sections.get("runbooks")
    place = place if isinstance(place, dict) else {}
    folder = place.get("folder") if isinstance(place.get("folder"), str) else None
    if place.get("url") and not folder:  # they are elsewhere
        return
    named = (folder or FOLDER).rstrip("/")
    pages = Shelf(rules.path.parent / named)
    for link in links(written):
        if (folder or link.urgent) and not pages.book(link.name):
            yield Complaint(link.path, f"no runbook {link.name!r}", f"write {named}/{link.name}.md")
