"""Bringing a file of samples into the history, and the history into a file."""

from __future__ import annotations

import math
from functools import partial
from itertools import groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING

from dropmon.history.openmetrics import END, OpenMetricsError, Reader, line
from dropmon.history.retention import HOUR_MS
from dropmon.model import Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from dropmon.model import Columns
    from dropmon.storage import Series, Store

LINES = 50_000  # in one transaction
LONGEST = 1 << 20  # bytes of a line
PARTS = ("count", "sum", "min", "max", "first", "last", "increase")


def bring_in(
    stream: BinaryIO,
    file: str,
    keep: Callable[[Columns], int],
    progress: Callable[[int], object] = lambda _: None,
) -> int:
    """Keeps all samples of an OpenMetrics file, 50,000 lines at a time; how many.

    `progress` is told how many more are in. OpenMetricsError at the first bad line, or when `# EOF` is missing; it
    says what is in already.
    """
    lines = iter(partial(stream.readline, LONGEST), b"")
    reader = Reader(file)
    done, first, ended = 0, 1, False
    try:
        while batch := list(islice(lines, LINES)):  # read before it is kept: a slow pipe must not hold the lock
            ended = _ends(batch, ended, file, first)
            count = keep(reader.columns(batch, first))
            done, first = done + count, first + len(batch)
            progress(count)
        if not ended:
            raise _cut_short(file, first)
    except OpenMetricsError as error:
        raise OpenMetricsError(error.what, _remedy(done, first)) from None
    return done


def _ends(batch: list[bytes], ended: bool, file: str, first: int) -> bool:
    """Whether this batch ends the file as it should."""
    end = [place for place, text in enumerate(batch) if text[:1] == b"#" and text.rstrip() == END]
    if ended or (end and end[0] < len(batch) - 1):
        raise OpenMetricsError(f"{file}:{first if ended else first + end[0] + 1}: text after # EOF")
    if not end and len(batch) < LINES:
        raise _cut_short(file, first + len(batch) - 1)
    return bool(end)


def _cut_short(file: str, number: int) -> OpenMetricsError:
    return OpenMetricsError(f"{file}:{number}: no # EOF at the end: the file has been cut short")


def _remedy(done: int, first: int) -> str:
    begun = f"the {done:,} samples before line {first:,} are in" if done else "nothing was imported"
    return f"{begun}; correct the file and import it again (what is in already is not counted twice)"


def bring_out(store: Store, since: float = -math.inf, until: float = math.inf, hourly: bool = False) -> Iterator[str]:
    """The lines of an OpenMetrics file with all samples of `since < time <= until`, in seconds since 1970.

    With `hourly`, what is left of the hours before the samples instead: `name:count`, `name:sum` and so on, each at
    the end of its hour.
    """
    export = hour_samples if hourly else raw_samples
    for name, family in groupby(store.series(), attrgetter("name")):
        for sample in export(store, name, list(family), since, until):
            yield line(sample)
    yield END.decode() + "\n"


def raw_samples(store: Store, name: str, family: list[Series], since: float, until: float) -> Iterator[Sample]:
    """The samples of the series of one name, one series after the other."""
    for one in family:
        for _, time, value in store.samples([one.id], since, until):
            yield Sample(name, one.labels, time, value)


def hour_samples(store: Store, name: str, family: list[Series], since: float, until: float) -> Iterator[Sample]:
    """The numbers of each hour as series of their own."""
    for part in PARTS:
        for one in family:
            for _, start, hour in store.hours([one.id], since, until):
                yield Sample(f"{name}:{part}", one.labels, start + HOUR_MS / 1000, float(getattr(hour, part)))
