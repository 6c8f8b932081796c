"""Samples as OpenMetrics 1.0 text, both ways, line by line: no file is too large.

What is read is what `promtool tsdb create-blocks-from openmetrics` reads: a timestamp on every sample. Comments
(HELP, TYPE, UNIT) and exemplars are passed over.
"""

from __future__ import annotations

import math
import re
from contextlib import suppress
from functools import lru_cache
from itertools import chain, islice, repeat
from operator import mul
from typing import TYPE_CHECKING

from dropmon import exposition
from dropmon.errors import DropmonError
from dropmon.exposition import EXEMPLAR, numbers
from dropmon.model import Columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dropmon.model import Sample

    Labels = tuple[tuple[str, str], ...]
    Three = tuple[Sequence[int], Sequence[int], Sequence[float]]  # as those of Columns

END = b"# EOF"
FAR = 32_503_680_000.0  # the year 3000, in seconds: what is beyond was given in milliseconds
AT_ONCE = 1000  # lines that are taken apart together: what they become stays in the processor's cache


class OpenMetricsError(DropmonError):
    """A line is no sample, or the text ends too early."""


class Reader:
    """Reads lines of one file. A series is parsed once, however many samples it has."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._known: dict[bytes, int] = {}  # the place in _series of what is written so
        self._series: list[tuple[str, Labels]] = []

    def columns(self, lines: Iterable[bytes], first: int = 1) -> Columns:
        """The samples of lines that are numbered from `first`. OpenMetricsError (`file:line: why`) at a bad one."""
        places: list[int] = []
        times: list[int] = []
        values: list[float] = []
        rest = iter(lines)
        while part := [*islice(rest, AT_ONCE)]:
            more = self._part(part, first)
            places += more[0]
            times += more[1]
            values += more[2]
            first += len(part)
        return Columns(self._series, places, times, values)

    def _part(self, lines: Sequence[bytes], first: int) -> Three:
        """A few lines; those in which something is not usual are looked at again, more carefully."""
        with suppress(ValueError, OverflowError):
            return self._together(lines)
        with suppress(ValueError, OverflowError):
            return self._together([line for line in lines if line[:1] != b"#" and line.strip()])
        return self._one_by_one(lines, first)

    def _together(self, lines: Sequence[bytes]) -> Three:
        """Lines of three words each, all at once; ValueError or OverflowError where one may be anything else."""
        words = [*chain.from_iterable(map(bytes.rsplit, lines, repeat(None), repeat(2)))]  # at most three of a line
        series, values, times = words[::3], words[1::3], words[2::3]
        if len(words) < 3 * len(lines) or b"_" in b"".join(values) or b"_" in b"".join(times):
            raise ValueError  # Python reads 1_000 as a number
        at = [*map(round, map(mul, map(float, times), repeat(1000)))]
        if at and not -1000 * FAR < min(at) <= max(at) < 1000 * FAR:
            raise ValueError
        for text in {*series}.difference(self._known):
            self._place(text)
        return [*map(self._known.__getitem__, series)], at, [*map(float, values)]

    def _one_by_one(self, lines: Sequence[bytes], first: int) -> Three:
        """Each line by the book."""
        found = [
            self._carefully(line, number)
            for number, line in enumerate(lines, first)
            if not line.startswith(b"#") and line.strip()
        ]
        places, times, values = zip(*found, strict=True) if found else ((), (), ())
        return places, times, values

    def _carefully(self, line: bytes, number: int) -> tuple[int, int, float]:
        """One line by the book: a series not seen before, an exemplar, or a mistake."""
        try:
            text = line.decode().rstrip("\r\n")
            *_, series = exposition.series(text)
            value, time = _numbers(EXEMPLAR.sub("", text[len(series) :]))
            return self._place(series.encode()), round(_time(time) * 1000), value
        except ValueError as error:
            raise OpenMetricsError(f"{self.file}:{number}: {error}") from None

    def _place(self, text: bytes) -> int:
        """Which of the series is written so. ValueError when none can be."""
        if text not in self._known:
            name, labels, series = exposition.series(text.decode())
            if series.encode() != text:
                raise ValueError(f"more than a series: {text!r}")
            self._known[text] = len(self._series)
            self._series.append((name, labels))
        return self._known[text]


def _numbers(text: str) -> tuple[float, float]:
    """The value and the time that follow a series."""
    found = numbers(text)
    if len(found) < 2:
        raise ValueError("no timestamp: history needs to know when, in seconds since 1970, after the value")
    return found[0], found[1]


def _time(seconds: float) -> float:
    if -FAR < seconds < FAR:
        return seconds
    raise ValueError(f"no time: {seconds:g} (seconds since 1970 are asked; milliseconds?)")


def line(sample: Sample) -> str:
    """One sample as a line of text.

    >>> from dropmon.model import Sample
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
