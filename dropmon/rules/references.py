"""What one section says of another: names that must exist, names given twice, circles. Pure.

It looks at what is written, so that a mistake elsewhere in an entry does not hide these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from dropmon.rules.nodes import Steps
from dropmon.rules.problems import suggest
from dropmon.rules.promql import metrics
from dropmon.rules.variables import Pending

ONCALL = "oncall"  # the channel that is whoever holds the pager
MAILS = ("smtp", "email", "supabase-function")  # the types of channels that send a report
SEVERAL = (f"{ONCALL}.backup", f"{ONCALL}.everyone")  # others that stand for people; oncall.NAME is that person

Entry = tuple[Steps, Mapping[str, Any]]  # where a mapping stands, and what is written in it


class Name(NamedTuple):
    """A name and where it is said."""

    path: Steps
    text: str


class Complaint(NamedTuple):
    """What is wrong with the value that a path leads to."""

    path: Steps
    what: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What the file says: every check, and every other section by its key."""

    checks: tuple[Entry, ...]
    sections: Mapping[str, Any]

    def entries(self, *path: str | int) -> list[Entry]:
        """The mappings in a list, or in a mapping of mappings, to which a path leads."""
        value = self._at(path)
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        return [((*path, key), item) for key, item in pairs if isinstance(item, dict)]

    def keys(self, *path: str) -> set[str]:
        """The keys of the mapping to which a path leads."""
        value = self._at(path)
        return set(value) if isinstance(value, dict) else set()

    def _at(self, path: Steps) -> Any:
        value: Any = self.sections
        for step in path:
            if isinstance(value, list) and isinstance(step, int):
                value = value[step]
            else:
                value = value.get(step) if isinstance(value, dict) else None
        return value


def complaints(written: Written) -> Iterator[Complaint]:
    """Everything that is wrong between entries and between sections."""
    for each in (_checks, _databases, _metrics, _slos, _alerts, _channels, people, _incidents, _told, _mailed):
        yield from each(written)


def _checks(written: Written) -> Iterator[Complaint]:
    yield from _related("check", written.checks, "name")


def _databases(written: Written) -> Iterator[Complaint]:
    targets = [((*path, "targets"), values.get("targets")) for path, values in written.checks]
    queries = [(path, values) for path, values in targets if isinstance(values, dict) and "sql" in values]
    usual = [(path, {"database": "main", **values}) for path, values in [*queries, *written.entries("sources", "sql")]]
    yield from _unknown("database", said(usual, "database"), written.keys("databases"))


def _metrics(written: Written) -> Iterator[Complaint]:
    rules = written.sections.get("metrics")
    texts = {name: text for name, text in rules.items() if isinstance(text, str)} if isinstance(rules, dict) else {}
    uses = {name: _used(text, texts) for name, text in texts.items()}
    yield from _circle("metrics", uses, {name: ("metrics", name) for name in texts})


def _used(text: str, names: Collection[str]) -> set[str]:
    """Which of the names an expression reads; it is taken apart only when one of them stands in it at all."""
    near = {name for name in names if name in text}
    try:
        return near & metrics(text) if near else set()
    except ValueError:
        return set()


def _slos(written: Written) -> Iterator[Complaint]:
    names = said(written.entries("slos"), "name")
    yield from _twice("SLO", names)
    yield from _unknown("SLO", said(written.entries("exclusions"), "slo"), {name.text for name in names})


def _alerts(written: Written) -> Iterator[Complaint]:
    alerts = written.entries("alerts")
    yield from _twice("alert", said(alerts, "id"))
    yield from _related("alert", alerts, "id")


def _channels(written: Written) -> Iterator[Complaint]:
    channels = written.entries("channels")
    if ONCALL in written.keys("channels"):
        yield Complaint(("channels", ONCALL), "'oncall' already means whoever holds the pager", "give it another name")
    fallbacks = said(channels, "fallback")
    yield from _unknown("channel", fallbacks, written.keys("channels") | called(written))
    places = {str(name.path[1]): name.path for name in fallbacks}
    yield from _circle("fallback", {str(name.path[1]): [name.text] for name in fallbacks}, places)


def people(written: Written) -> Iterator[Complaint]:
    """People whom a rotation or an override names, and whom nobody knows."""
    later = [(*path, "rotation") for path, _ in written.entries("oncall", "rotations")]
    rows = [*written.entries("oncall", "rotation")]
    for path in later:
        rows += written.entries(*path)
    overrides = written.entries("oncall", "overrides")
    names = said(rows, "primary") + said(rows, "backup") + said(overrides, "replace") + said(overrides, "with")
    yield from _unknown("person", names, written.keys("oncall", "people"))


def called(written: Written) -> set[str]:
    """The channels that people are: `oncall` and others, when there are people at all."""
    names = written.keys("oncall", "people")
    return {ONCALL, *SEVERAL, *(f"{ONCALL}.{name}" for name in names)} if names else set()


def _incidents(written: Written) -> Iterator[Complaint]:
    levels = written.entries("incidents")
    yield from _twice("severity", said(levels, "from"))
    called = [name for name in said(levels, "escalation") if name.text not in {"backup", "everyone"}]
    yield from _unknown("person", called, written.keys("oncall", "people"))
    whole = written.sections.get("incidents")
    tickets = said([(("incidents",), whole)], "tickets") if isinstance(whole, dict) else []
    yield from _unknown("channel", tickets, written.keys("channels"))


def _told(written: Written) -> Iterator[Complaint]:
    """Channels that are told something and do not exist, or that nobody stands behind."""
    names = [name for key in ("slos", "alerts") for name in said(written.entries(key), "channels")]
    names += said(written.entries("incidents"), "notify")
    mails = said(written.entries("report"), "channel")
    staffed = written.entries("oncall", "rotation") or written.entries("oncall", "rotations")
    nobody = [name for name in names if name.text in (ONCALL, *SEVERAL) and not staffed]
    known = written.keys("channels") | called(written)
    yield from _unknown("channel", [name for name in names if name not in nobody] + mails, known)
    for name in nobody:
        yield Complaint(name.path, "nobody is on call", "fill in `oncall:` with a rotation")


def _mailed(written: Written) -> Iterator[Complaint]:
    """A report goes by mail, to people whom the rules name."""
    types = {path[-1]: values.get("type", path[-1]) for path, values in written.entries("channels")}
    for name in said(written.entries("report"), "channel"):
        kind = types.get(name.text, "" if name.text in called(written) else None)
        if kind is not None and kind not in MAILS and not isinstance(kind, Pending):
            yield Complaint(name.path, f"{name.text!r} sends no report", f"name a channel of type {' or '.join(MAILS)}")


def said(entries: Iterable[Entry], field: str) -> list[Name]:
    """Every name that a field of some entries says, alone or in a list; what is no text is complained about elsewhere.

    >>> said([(("a", 0), {"to": ["x", "y"]}), (("a", 1), {"to": "z"})], "to")[1:]
    [Name(path=('a', 0, 'to', 1), text='y'), Name(path=('a', 1, 'to'), text='z')]
    """
    found: list[Name] = []
    for path, values in entries:
        value = values.get(field)
        several = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, name in several:
            if isinstance(name, str) and not isinstance(name, Pending):
                found.append(Name((*path, field) if index is None else (*path, field, index), name))
    return found


def _related(noun: str, entries: Iterable[Entry], label: str) -> Iterator[Complaint]:
    """What `depends_on` says of entries that are known by a label."""
    known = {name.text: entry for entry in entries for name in said([entry], label)}
    needs = {text: said([entry], "depends_on") for text, entry in known.items()}
    yield from _unknown(noun, [name for names in needs.values() for name in names], known)
    places: dict[str, Steps] = {text: (*path, "depends_on") for text, (path, _) in known.items()}
    yield from _circle("depends_on", {text: [name.text for name in names] for text, names in needs.items()}, places)


def _unknown(noun: str, names: Iterable[Name], known: Collection[str]) -> Iterator[Complaint]:
    for path, text in names:
        if text not in known:
            yield Complaint(path, f"unknown {noun} {text!r}", suggest(text, known) or f"there is no {noun} at all")


def _twice(noun: str, names: Iterable[Name]) -> Iterator[Complaint]:
    seen: Counter[str] = Counter()
    for path, text in names:
        seen[text] += 1
        if seen[text] == 2:
            yield Complaint(path, f"the {noun} {text!r} is given twice", "each belongs to one entry")


def _circle(noun: str, graph: Mapping[str, Iterable[str]], places: Mapping[str, Steps]) -> Iterator[Complaint]:
    known = {name: [other for other in others if other in graph] for name, others in graph.items()}
    try:
        TopologicalSorter(known).prepare()
    except CycleError as error:
        circle = error.args[1][::-1]  # graphlib tells what comes before what
        yield Complaint(places[circle[0]], f"{noun} goes in a circle: {' → '.join(circle)}", "take one of them out")
