"""What one section says of another: names that must exist, names given twice, circles. Pure.

A section that is itself broken is None here, and nothing is said about names in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, NamedTuple

from dropmon.rules.nodes import Path
from dropmon.rules.problems import suggest
from dropmon.rules.promql import metrics

if TYPE_CHECKING:
    from dropmon.rules.entries import Entry

ONCALL = "oncall"  # the channel that is whoever holds the pager

Named = tuple[Path, str]  # where a name is said, and the name


class Complaint(NamedTuple):
    """What is wrong with the value that a path leads to."""

    path: Path
    what: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """The sections that could be read; None for one that could not."""

    checks: tuple[Entry, ...] | None
    sections: Mapping[str, Any]

    def of(self, key: str) -> Any:
        return self.sections.get(key) or ()


def complaints(given: Given) -> Iterator[Complaint]:
    """Everything that is wrong between sections."""
    for each in (_checks, _databases, _metrics, _slos, _alerts, _channels, _oncall, _incidents, _report):
        yield from each(given)


def _checks(given: Given) -> Iterator[Complaint]:
    entries = [entry for entry in given.checks or () if entry.probe and entry.part]
    needs = {entry.name: entry.probe.depends_on for entry in entries if entry.probe}
    if given.checks is not None:
        said = [
            ((*entry.part.path, "depends_on", index), name)
            for entry in entries
            for index, name in enumerate(needs[entry.name])
            if entry.part
        ]
        yield from _unknown("check", said, {entry.name for entry in given.checks})
    places = {entry.name: (*entry.part.path, "depends_on") for entry in entries if entry.part}
    yield from _circle("depends_on", needs, places)


def _databases(given: Given) -> Iterator[Complaint]:
    if (known := given.sections.get("databases")) is None:
        return
    said: list[Named] = []
    for entry in given.checks or ():
        where = entry.template["targets"] if entry.template else None
        if entry.part and isinstance(where, dict) and "sql" in where:
            said.append(((*entry.part.path, "targets", "database"), where.get("database", "main")))
    if sources := given.of("sources"):
        said += [(("sources", "sql", index, "database"), query.database) for index, query in enumerate(sources.sql)]
    yield from _unknown("database", said, known)


def _metrics(given: Given) -> Iterator[Complaint]:
    rules: Mapping[str, str] = given.of("metrics") or {}
    uses = {name: _used(text, rules) for name, text in rules.items()}
    yield from _circle("metrics", uses, {name: ("metrics", name) for name in rules})


def _used(text: str, names: Iterable[str]) -> set[str]:
    """Which of the names an expression reads; it is taken apart only when one of them stands in it at all."""
    near = {name for name in names if name in text}
    return near & metrics(text) if near else set()


def _slos(given: Given) -> Iterator[Complaint]:
    slos = given.of("slos")
    yield from _twice("SLO", [(("slos", index, "name"), slo.name) for index, slo in enumerate(slos)])
    yield from _no_channel(given, _each("slos", enumerate(slos), "channels"))


def _alerts(given: Given) -> Iterator[Complaint]:
    alerts = given.of("alerts")
    yield from _twice("alert", [(("alerts", index, "id"), alert.id) for index, alert in enumerate(alerts)])
    yield from _no_channel(given, _each("alerts", enumerate(alerts), "channels"))
    yield from _unknown("alert", _each("alerts", enumerate(alerts), "depends_on"), {alert.id for alert in alerts})
    places = {alert.id: ("alerts", index, "depends_on") for index, alert in enumerate(alerts)}
    yield from _circle("depends_on", {alert.id: alert.depends_on for alert in alerts}, places)


def _channels(given: Given) -> Iterator[Complaint]:
    channels = given.of("channels") or {}
    if ONCALL in channels:
        yield Complaint(("channels", ONCALL), "'oncall' already means whoever holds the pager", "give it another name")
    falls = {name: channel.fallback for name, channel in channels.items() if channel.fallback}
    places: dict[str, Path] = {name: ("channels", name, "fallback") for name in falls}
    yield from _unknown("channel", [(places[name], other) for name, other in falls.items()], channels)
    yield from _circle("fallback", {name: (other,) for name, other in falls.items()}, places)


def _oncall(given: Given) -> Iterator[Complaint]:
    if not (oncall := given.of("oncall")):
        return
    rows = [
        (("oncall", "rotation", index, role), name)
        for index, row in enumerate(oncall.rotation)
        for role, name in (("primary", row.primary), ("backup", row.backup))
        if name
    ]
    overrides = [
        (("oncall", "overrides", index, key), name)
        for index, override in enumerate(oncall.overrides)
        for key, name in (("replace", override.replace), ("with", override.with_))
    ]
    yield from _unknown("person", rows + overrides, oncall.people)


def _incidents(given: Given) -> Iterator[Complaint]:
    if not (incidents := given.of("incidents")):
        return
    levels = [(level, getattr(incidents, level)) for level in type(incidents).model_fields]
    yield from _no_channel(given, _each("incidents", levels, "notify"))
    opened = [(("incidents", name, "from", i), word) for name, level in levels for i, word in enumerate(level.from_)]
    yield from _twice("severity", opened)


def _report(given: Given) -> Iterator[Complaint]:
    report = given.of("report")
    if report and report.weekly:
        yield from _no_channel(given, [(("report", "weekly", "channel"), report.weekly.channel)])


def _each(section: str, items: Iterable[tuple[str | int, Any]], field: str) -> list[Named]:
    """Every name that a field of some items holds, with its place."""
    return [
        ((section, key, field, index), name) for key, item in items for index, name in enumerate(getattr(item, field))
    ]


def _no_channel(given: Given, said: Sequence[Named]) -> Iterator[Complaint]:
    channels, oncall = given.sections.get("channels"), given.sections.get("oncall")
    if channels is not None:
        yield from _unknown("channel", said, {*channels, ONCALL})
    if oncall is not None and not oncall.rotation:
        for path, name in said:
            if name == ONCALL:
                yield Complaint(path, "nobody is on call", "fill in `oncall:` with a rotation")


def _unknown(noun: str, said: Iterable[Named], known: Iterable[str]) -> Iterator[Complaint]:
    names = set(known)
    for path, name in said:
        if name not in names:
            yield Complaint(path, f"unknown {noun} {name!r}", suggest(name, names) or f"there is no {noun} at all")


def _twice(noun: str, said: Iterable[Named]) -> Iterator[Complaint]:
    seen: Counter[str] = Counter()
    for path, name in said:
        seen[name] += 1
        if seen[name] > 1:
            yield Complaint(path, f"the {noun} {name!r} is given twice", "each needs a name of its own")


def _circle(noun: str, graph: Mapping[str, Iterable[str]], places: Mapping[str, Path]) -> Iterator[Complaint]:
    known = {name: [other for other in others if other in graph] for name, others in graph.items()}
    try:
        TopologicalSorter(known).prepare()
    except CycleError as error:
        circle = error.args[1][::-1]  # graphlib tells what comes before what
        yield Complaint(places[circle[0]], f"{noun} goes in a circle: {' → '.join(circle)}", "take one of them out")
