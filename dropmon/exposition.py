"""The text that Prometheus scrapes, line by line: what the history imports and what a source reads share this.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/ and the OpenMetrics 1.0 specification
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

Labels = tuple[tuple[str, str], ...]

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*'
_SERIES = re.compile(rf"({_NAME})(?:\s*\{{((?:{_LABEL}(?:,|(?=\}})))*)\}})?")
EXEMPLAR = re.compile(r"[ \t]+#[ \t]+\{.*$", re.DOTALL)
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?|nan)", re.ASCII | re.IGNORECASE)


class Exposed(NamedTuple):
    """One line of a page; `time` as it stands there: milliseconds in Prometheus' own text, seconds in OpenMetrics."""

    name: str
    labels: Labels
    value: float
    time: float | None


def page(text: str) -> Iterator[Exposed]:
    """The samples of a page. Raises ValueError with the line that is none.

    >>> list(page('# TYPE up gauge\\nup{job="shop"} 1\\n'))
    [Exposed(name='up', labels=(('job', 'shop'),), value=1.0, time=None)]
    >>> list(page("<html>"))
    Traceback (most recent call last):
    ValueError: line 1: no metric name: '<html>'
    """
    for count, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith(("#", '{"')):  # the latter: a name that is no name to PromQL here
            continue
        try:
            name, labels, written = series(line)
            value, *time = numbers(EXEMPLAR.sub("", line[len(written) :]))
        except ValueError as error:
            raise ValueError(f"line {count}: {error}") from None
        yield Exposed(name, labels, value, time[0] if time else None)


def series(text: str) -> tuple[str, Labels, str]:
    """Name, labels, and the text they were written as. Raises ValueError."""
    found = _SERIES.match(text)
    if not found:
        raise ValueError(f"no metric name: {text[:80]!r}")
    pairs = re.findall(_LABEL, found[2] or "")
    labels = {label: unescape(value) for label, value in pairs}
    if len(labels) < len(pairs):
        raise ValueError(f"a label is given twice: {text[:80]!r}")
    return found[1], tuple(sorted((label, value) for label, value in labels.items() if value)), found[0]


def numbers(text: str) -> list[float]:
    """The value that follows a series, and its time if there is one. Raises ValueError."""
    words = text.split()
    if not words or text[0] not in " \t":
        raise ValueError(f"bad labels, or no value: {text[:80]!r}")
    if len(words) > 2:
        raise ValueError(f"too much on one line: {text[:80]!r}")
    for word in words:
        if not NUMBER.fullmatch(word):
            raise ValueError(f"not a number: {word[:80]!r}")
    return [float(word) for word in words]


def unescape(text: str) -> str:
    r"""A label's value from between quotes.

    >>> unescape('a\\\\b\\"c\\n')
    'a\\b"c\n'
    """
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], text) if "\\" in text else text
