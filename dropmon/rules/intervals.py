"""How often the rules measure what: for how long a sample stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from dropmon.rules.nodes import ListNode, MapNode, Node, Scalar
from dropmon.units import duration

if TYPE_CHECKING:
    from dropmon.rules.file import Rules

USUAL = 300.0  # seconds
TOLD_BY = {"lighthouse": "pagespeed"}  # the source that tells of another
VISITS = "visitors"
OWN = {  # what the names of the numbers of a source begin with
    "pagespeed": ("lighthouse_",), "sentry": ("sentry_",), "supabase": ("supabase_",), "uptimerobot": ("outside_",),
    "vercel": ("deployments", "deployment_build_seconds", "page_views", VISITS),
}  # fmt: skip
PAGES = ("openmetrics", "supabase")  # sources whose numbers are named by others: they tell by `job` whose they are
SOURCES = {"openmetrics": 60.0, "pagespeed": 21600.0}  # seconds, where they are not the usual ones
Interval = Callable[[Mapping[str, str]], float]


def interval(rules: Rules | None) -> Interval:
    """Seconds between two samples of a series, by its labels: what its check says, else the source that tells of it,
    else its database, else the longest of all logs and pages of metrics, or the default.

    The file is taken as it is written, so that this costs nothing and never fails.
    """
    if rules is None:
        return lambda labels: USUAL
    usual = every(rules.root, "defaults") or USUAL
    checks = dict(_checks(rules.root, usual))
    databases = {name: every(node) or usual for name, node in _named(rules.root, "databases")}
    vitals = cache(lambda: dict(_vitals(rules.root)))
    told = cache(lambda: _told(rules.root))
    pages = [found for kind in PAGES for each in _entries(rules.root, kind) if (found := every(each))]
    logs = [found for node in _all(_under(rules.root, "logs")) if (found := every(node))]
    rest = max([usual, *pages, *logs])

    def of(labels: Mapping[str, str]) -> float:
        if "source" in labels and (known := vitals().get(labels["source"])):
            return known
        check = checks.get((labels.get("kind", ""), labels.get("check", "")))
        source = None if check else told().of(labels)
        bases = (databases.get(labels.get(each, "")) for each in ("database", "instance"))
        return check or source or next(filter(None, bases), None) or rest

    return of


class Told(NamedTuple):
    """Seconds between two samples of what sources tell: by its name, by what its name begins with, by its page."""

    names: Mapping[str, float]
    prefixes: Mapping[str, float]
    jobs: Mapping[str, float]

    def of(self, labels: Mapping[str, str]) -> float | None:
        """Those of a series; None when no source tells of it."""
        name = labels.get("__name__", "")
        if found := self.names.get(name):
            return found
        begun = (seconds for prefix, seconds in self.prefixes.items() if name.startswith(prefix))
        vercel = self.prefixes.get(VISITS) if labels.get("source") == "vercel" else None
        return vercel or next(begun, None) or self.jobs.get(labels.get("job", ""))


def _told(root: Node) -> Told:
    """What each source tells of, as it is written: the longest where several tell of one."""
    names: dict[str, float] = {}
    prefixes: dict[str, float] = {}
    jobs: dict[str, float] = {}
    for kind, _ in _named(root, "sources"):
        for entry in _entries(root, kind):
            seconds = every(entry) or SOURCES.get(kind, USUAL)
            for each in _all(entry):
                metric = _under(each, "metric")
                if isinstance(metric, Scalar):
                    names[metric.text] = max(names.get(metric.text, 0.0), seconds)
            prefixes.update(dict.fromkeys(OWN.get(kind, ()), seconds))
            if kind in PAGES:
                name = _under(entry, "name")
                job = name.text if isinstance(name, Scalar) else kind
                jobs[job] = max(jobs.get(job, 0.0), seconds)
    return Told(names, prefixes, jobs)


def _entries(root: Node, kind: str) -> Sequence[Node]:
    """The entries of one kind of source, or the one."""
    node = _under(_under(root, "sources"), kind)
    return node.items if isinstance(node, ListNode) else [node] if node else []


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
