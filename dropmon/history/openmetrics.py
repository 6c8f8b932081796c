"""Samples as OpenMetrics 1.0 text, both ways, line by line: no file is too large.

What is read is what `promtool tsdb create-blocks-from openmetrics` reads: a timestamp on every sample. Comments
(HELP, TYPE, UNIT) and exemplars are passed over.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from dropmon.errors import DropmonError
from dropmon.model import Sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Labels = tuple[tuple[str, str], ...]

END = b"# EOF"
FAR = 32_503_680_000.0  # the year 3000, in seconds: what is beyond was given in milliseconds

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"'
_SERIES = re.compile(rf"({_NAME})(?:\{{((?:{_LABEL}(?:,|(?=\}})))*)\}})?")
_EXEMPLAR = re.compile(r"[ \t]+#[ \t]+\{.*$", re.DOTALL)
_NUMBER = re.compile(
    r"[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?|nan)", re.ASCII | re.IGNORECASE
)


class OpenMetricsError(DropmonError):
    """A line is no sample, or the text ends too early."""


class Reader:
    """Reads lines of one file. A series is parsed once, however many samples it has."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._known: dict[bytes, tuple[str, Labels]] = {}

    def samples(self, lines: Iterable[bytes], first: int = 1) -> Iterator[Sample]:
        """The samples of lines that are numbered from `first`. OpenMetricsError (`file:line: why`) at a bad one."""
        known = self._known
        for number, line in enumerate(lines, first):
            try:  # the usual case at full speed; whatever is not usual is looked at again, carefully
                series, value, time = line.rsplit(None, 2)
                name, labels = known[series]
                at = float(time)
                if -FAR < at < FAR and line.find(b"_", len(series)) < 0:  # Python reads 1_000 as a number
                    yield Sample(name, labels, at, float(value))
                    continue
            except (KeyError, ValueError):
                pass
            if not line.startswith(b"#") and line.strip():
                yield self._carefully(line, number)

    def _carefully(self, line: bytes, number: int) -> Sample:
        """One line by the book: a series not seen before, an exemplar, or a mistake."""
        try:
            text = line.decode().rstrip("\r\n")
            name, labels, series = _series(text)
            self._known[series.encode()] = name, labels
            value, time = _numbers(_EXEMPLAR.sub("", text[len(series) :]))
            return Sample(name, labels, _time(time), value)
        except ValueError as error:
            raise OpenMetricsError(f"{self.file}:{number}: {error}") from None


def _series(text: str) -> tuple[str, Labels, str]:
    """Name, labels, and the text they were written as."""
    found = _SERIES.match(text)
    if not found:
        raise ValueError(f"no metric name: {text[:80]!r}")
    pairs = re.findall(_LABEL, found[2] or "")
    labels = {label: unescape(value) for label, value in pairs}
    if len(labels) < len(pairs):
        raise ValueError(f"a label is given twice: {text[:80]!r}")
    return found[1], tuple(sorted((label, value) for label, value in labels.items() if value)), found[0]


def _numbers(text: str) -> tuple[float, float]:
    """The value and the time that follow a series."""
    words = text.split()
    if not words or text[0] not in " \t":
        raise ValueError(f"bad labels, or no value: {text[:80]!r}")
    if len(words) > 2:
        raise ValueError(f"too much on one line: {text[:80]!r}")
    if len(words) < 2:
        raise ValueError("no timestamp: history needs to know when, in seconds since 1970, after the value")
    for word in words:
        if not _NUMBER.fullmatch(word):
            raise ValueError(f"not a number: {word[:80]!r}")
    return float(words[0]), float(words[1])


def _time(seconds: float) -> float:
    if -FAR < seconds < FAR:
        return seconds
    raise ValueError(f"no time: {seconds:g} (seconds since 1970 are asked; milliseconds?)")


def line(sample: Sample) -> str:
    """One sample as a line of text.

    >>> line(Sample("probe_success", (("check", 'a "b"'),), 1795419127.25, 1.0))
    'probe_success{check="a \\\\"b\\\\""} 1 1795419127.25\\n'
    """
    return f"{series(sample.name, sample.labels)} {number(sample.value)} {number(round(sample.time, 3))}\n"


@lru_cache(maxsize=1024)
def series(name: str, labels: Labels) -> str:
    """A name with its labels; what OpenMetrics does not allow in a name becomes an underscore.

    >>> series("up", ()), series("up", (("team-name", "a"),))
    ('up', 'up{team_name="a"}')
    """
    pairs = ",".join(f'{re.sub(r"^[^a-zA-Z_]|[^a-zA-Z0-9_]", "_", key)}="{escape(value)}"' for key, value in labels)
    name = re.sub(r"^[^a-zA-Z_:]|[^a-zA-Z0-9_:]", "_", name)
    return f"{name}{{{pairs}}}" if pairs else name


def number(value: float) -> str:
    """The shortest text that reads back as the same number.

    >>> [number(value) for value in (1.0, 0.1, 1e300, math.inf, -math.inf, math.nan)]
    ['1', '0.1', '1e+300', '+Inf', '-Inf', 'NaN']
    """
    if math.isfinite(value):
        return repr(value).removesuffix(".0")
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"


def escape(text: str) -> str:
    r"""A label's value as it stands between quotes.

    >>> escape('a\\b"c\n')
    'a\\\\b\\"c\\n'
    """
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def unescape(text: str) -> str:
    r"""A label's value from between quotes.

    >>> unescape('a\\\\b\\"c\\n')
    'a\\b"c\n'
    """
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], text) if "\\" in text else text
