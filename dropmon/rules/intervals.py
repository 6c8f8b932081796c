"""How often the rules measure what: for how long a sample stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from dropmon.rules.nodes import ListNode, MapNode, Node, Scalar
from dropmon.units import duration

if TYPE_CHECKING:
    from dropmon.rules.file import Rules

USUAL = 300.0  # seconds
TOLD_BY = {"lighthouse": "pagespeed"}  # the source that tells of another
Interval = Callable[[Mapping[str, str]], float]


def interval(rules: Rules | None) -> Interval:
    """Seconds between two samples of a series, by its labels: what its check says, else its database, else the longest
    of all sources and logs, or the default.

    The file is taken as it is written, so that this costs nothing and never fails.
    """
    if rules is None:
        return lambda labels: USUAL
    usual = every(rules.root, "defaults") or USUAL
    checks = dict(_checks(rules.root, usual))
    databases = {name: every(node) or usual for name, node in _named(rules.root, "databases")}
    vitals = cache(lambda: dict(_vitals(rules.root)))
    sources = [node for name, node in _named(rules.root, "sources") if name not in vitals()]
    others = [found for top in (*sources, _under(rules.root, "logs")) for node in _all(top) if (found := every(node))]
    rest = max([usual, *others])

    def of(labels: Mapping[str, str]) -> float:
        if "source" in labels and (known := vitals().get(labels["source"])):
            return known
        check = checks.get((labels.get("kind", ""), labels.get("check", "")))
        return check or databases.get(labels.get("database", "")) or databases.get(labels.get("instance", "")) or rest

    return of


def every(node: Node | None, *path: str) -> float | None:
    """What stands there under `every`, in seconds."""
    for key in (*path, "every"):
        node = _under(node, key)
    if isinstance(node, Scalar):
        with suppress(ValueError):
            return duration(node.text)
    return None


def _checks(root: Node, usual: float) -> Iterator[tuple[tuple[str, str], float]]:
    for kind, entries in _named(root, "checks"):
        for entry in entries.items if isinstance(entries, ListNode) else ():
            name = _under(entry, "name")
            if isinstance(name, Scalar):
                yield (kind, name.text), every(entry) or usual


def _vitals(root: Node) -> Iterator[tuple[str, float]]:
    """Who tells web vitals, which change slowly: they tell by their label `source` who they are."""
    from dropmon.vitals.vital import EVERY

    sources = dict(_named(root, "sources"))
    for name, usual in EVERY.items():
        yield name, every(sources.get(TOLD_BY.get(name, name))) or usual
    pages = dict(_named(root, "checks")).get("web")
    found = [every(_under(each, "vitals")) for each in pages.items] if isinstance(pages, ListNode) else []
    if written := [each for each in found if each]:
        yield "lab", max(written)


def _named(node: Node, key: str) -> Iterator[tuple[str, Node]]:
    found = _under(node, key)
    if isinstance(found, MapNode):
        for name, (_, value) in found.pairs.items():
            yield name, value


def _all(node: Node | None) -> Iterator[Node]:
    """A node, and all under it."""
    if node is not None:
        yield node
    below = [value for _, value in node.pairs.values()] if isinstance(node, MapNode) else []
    for each in node.items if isinstance(node, ListNode) else below:
        yield from _all(each)


def _under(node: Node | None, key: str) -> Node | None:
    return node.pairs[key][1] if isinstance(node, MapNode) and key in node.pairs else None
