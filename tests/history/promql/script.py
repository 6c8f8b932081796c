"""A reader of Prometheus' PromQL test language: what is loaded, what is asked, what is expected."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import isnan
from pathlib import Path
from typing import NamedTuple

from dropmon import units
from dropmon.history.promql import STALE, Labels, Series
from dropmon.history.promql.reading import read
from dropmon.history.promql.tree import Selector
from dropmon.storage.matcher import Matcher

POINT = re.compile(r"(?:\{\{.*?\}\}|[^\s{])+")
REPEATED = re.compile(r"(?P<first>.+?)(?:(?P<sign>[+-])(?P<each>[^+\-x]+(?:e[+-]?\d+)?))?x(?P<times>\d+)")
ASKED = re.compile(
    r"eval(?:_(?P<old>fail|warn|info|ordered))? (?:instant(?: at (?P<at>\S+))?|"
    r"range from (?P<start>\S+) to (?P<end>\S+) step (?P<step>\S+)) (?P<expression>.*)"
)

Points = list[float | None]  # at 0, 1, 2 … steps; None: none


class Native(Exception):  # noqa: N818
    """A native histogram is loaded, expected or selected."""


class Case(NamedTuple):
    """One evaluation: where it stands, what it asks, the lines expected. Times in seconds."""

    place: str
    expression: str
    history: History
    at: float
    span: tuple[float, float, float] | None  # start, end, step of a range
    expected: tuple[str, ...]
    flags: frozenset[str]  # fail, ordered …


class History:
    """What the scripts have loaded."""

    def __init__(self) -> None:
        self.series: dict[Labels, dict[int, float]] = {}
        self.native: dict[Labels, set[int]] = {}

    def load(self, step: float, line: str) -> None:
        labels, points = series_of(line)
        for place, text in enumerate(sequence(points)):
            time = round(place * step * 1000)
            if text == "{{":
                self.native.setdefault(labels, set()).add(time)
            elif text is not None:
                self.series.setdefault(labels, {})[time] = text if text is STALE else float(text)

    def load_custom(self, line: str) -> None:
        """Of a classic histogram also a native one is made."""
        labels, _ = series_of(line)
        have = dict(labels)
        have["__name__"] = re.sub(r"_(bucket|count|sum)$", "", have["__name__"])
        have.pop("le", None)
        self.native.setdefault(tuple(sorted(have.items())), set()).update(range(0, 10**8, 60_000))

    def __call__(self, matchers: Sequence[Matcher], start: int, end: int) -> Iterator[Series]:
        for labels, times in self.native.items():
            if accepted(matchers, labels) and any(start < time <= end for time in times):
                raise Native
        for labels, points in self.series.items():
            if accepted(matchers, labels):
                inside = [time for time in sorted(points) if start < time <= end]
                yield Series(labels, inside, [points[time] for time in inside])


def accepted(matchers: Sequence[Matcher], labels: Labels) -> bool:
    have = dict(labels)
    return all(matcher.accepts(have) for matcher in matchers)


def series_of(line: str) -> tuple[Labels, str]:
    """The labels that a line begins with, and the rest of it."""
    found = re.match(r'([^\s{]*)(\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?', line)
    assert found
    rest = line[found.end() :].strip()
    if not found[1] and found[2] in {"{}", None}:
        return (), rest
    tree = read(found[0])
    assert isinstance(tree, Selector), line
    return tuple(sorted((matcher.label, matcher.value) for matcher in tree.matchers if matcher.value)), rest


def sequence(text: str) -> Iterator[float | str | None]:
    """The points of the expanding notation; '{{' is a native histogram."""
    for word in POINT.findall(text):
        if word.startswith("{{"):
            count = re.search(r"\}x(\d+)$", word)
            yield from ["{{"] * (int(count[1]) + 1 if count else 1)
            continue
        repeated = REPEATED.fullmatch(word)
        if not repeated:
            yield point(word)
            continue
        first, times = repeated["first"], int(repeated["times"])
        if first == "_":
            yield from [None] * times
            continue
        if first == "stale" or not repeated["each"]:
            yield from [point(first)] * (times + 1)
            continue
        value, each = float(first), float(repeated["sign"] + repeated["each"])
        for _ in range(times + 1):
            yield value
            value += each


def point(word: str) -> float | None:
    return None if word == "_" else STALE if word == "stale" else float(word)


def seconds(text: str) -> float:
    sign = -1 if text.startswith("-") else 1
    text = text.lstrip("-")
    if re.fullmatch(r"[\d.]+", text):
        return sign * float(text)
    return sign * sum(units.duration(part) for part in re.findall(r"\d+(?:ms|[smhdw])", text))


def cases(path: Path) -> Iterator[Case]:
    """The evaluations of a script, with what is loaded when they come."""
    history = History()
    lines = ["" if line.strip().startswith("#") else line.strip() for line in path.read_text("utf-8").split("\n")]
    number = 0
    while number < len(lines):
        line, first = lines[number], number + 1
        number += 1
        block = []
        if line.startswith(("load", "eval")):
            while number < len(lines) and lines[number]:
                block.append(lines[number])
                number += 1
        if line == "clear":
            history = History()
        elif line.startswith("load"):
            history = loaded(history, line, block)
        elif line.startswith("eval"):
            yield case(f"{path.name}:{first}", line, history, block)
        else:
            assert not line, f"{path.name}:{first}: {line}"


def loaded(before: History, line: str, block: Sequence[str]) -> History:
    history = History()
    history.series = {labels: dict(points) for labels, points in before.series.items()}
    history.native = {labels: set(times) for labels, times in before.native.items()}
    command, step = line.split()
    for each in block:
        history.load(seconds(step), each)
        if command == "load_with_nhcb":
            history.load_custom(each)
    return history


def case(place: str, line: str, history: History, block: Sequence[str]) -> Case:
    asked = ASKED.fullmatch(line)
    assert asked, f"{place}: {line}"
    flags = {asked["old"]} if asked["old"] else set()
    expected = []
    for each in block:
        if each.startswith("expect "):
            flags.add(each.removeprefix("expect "))
        elif not each.startswith("expected_"):
            expected.append(each)
    span = None
    if asked["start"]:
        span = seconds(asked["start"]), seconds(asked["end"]), seconds(asked["step"])
    at = seconds(asked["at"] or "0")
    return Case(place, asked["expression"], history, at, span, tuple(expected), frozenset(flags))


def equal(actual: float, wanted: float) -> bool:
    """Within a relative 1e-6, as Prometheus compares here."""
    if actual is STALE or wanted is STALE or isnan(actual) or isnan(wanted):
        return isnan(actual) and isnan(wanted)
    if actual == wanted:
        return True
    size = abs(actual) + abs(wanted)
    if not actual or not wanted or size < 2.3e-308:
        return abs(actual - wanted) < 1e-6 * 2.3e-308
    return abs(actual - wanted) / min(size, 1.8e308) < 1e-6
