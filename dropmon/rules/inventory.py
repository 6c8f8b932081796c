"""Where the checks stand in the file: every entry under `checks:`, and every database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from dropmon.errors import Problem
from dropmon.rules.checked import Part
from dropmon.rules.nodes import ListNode, MapNode, is_empty
from dropmon.rules.problems import suggest

if TYPE_CHECKING:
    from dropmon.checks.probe import Probe
    from dropmon.rules.entries import Entry

DATABASE = "database"  # the section of the checks that `databases:` stand for

Kinds = Mapping[str, type["Probe"]]


def kinds() -> Kinds:
    """Each section under `checks:` with the class of its entries."""
    from dropmon.checks.probes import registry

    return registry()


def listed(top: Part, known: Kinds, wanted: Collection[str]) -> tuple[list[Part], list[Problem]]:
    """The entries of the wanted sections (all, when none is named) in the file's order.

    And what is wrong with the sections themselves, whichever are wanted: a misspelt one would silently be empty.
    """
    if not isinstance(top.node, MapNode):
        return [], [top.problem(top.node, "checks must be a mapping of sections", f"there are: {', '.join(known)}")]
    parts: list[Part] = []
    problems: list[Problem] = []
    for twice in top.node.repeated:
        first = top.node.pairs[twice.text][0].line
        problems.append(top.problem(twice, f"key {twice.text!r} is written twice", f"first at line {first}"))
    names = tuple(known)  # asking `known` itself would import the kind
    for section, (key, node) in top.node.pairs.items():
        if section not in names:
            problems.append(top.problem(key, f"unknown key {section!r} in checks", suggest(section, known)))
        elif wanted and section not in wanted:
            continue
        elif isinstance(node, ListNode):
            kind = known[section]
            parts += [_entry(top.at(item, section, index), kind) for index, item in enumerate(node.items)]
        elif not is_empty(node):
            hint = "start each check with '- name: …'"
            problems.append(top.problem(node, f"checks.{section} must be a list", hint))
    return parts, problems


def _entry(part: Part, kind: type[Probe]) -> Part:
    targets = "targets" in kind.model_fields and isinstance(part.node, MapNode) and "targets" in part.node.pairs
    return part.as_(kind, rows=targets)


def databases(top: Part) -> list[Part]:
    """The entries of `databases:`, each of which is also a check."""
    from dropmon.checks.database import Database

    if not isinstance(top.node, MapNode):
        return []
    return [top.at(node, name).as_(Database) for name, (_, node) in top.node.pairs.items()]


def taken(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Names label series, so two checks cannot share one, whatever their section."""
    first: dict[str, Entry] = {}
    for entry in entries:
        if entry.name and first.setdefault(entry.name, entry) is not entry and entry.part:
            place = first[entry.name].place.rpartition("/")[2]
            yield entry.part.problem(entry.part.node, f"the name {entry.name!r} is taken", f"first at {place}")
