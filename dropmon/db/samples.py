"""The numbers that an answer leaves behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dropmon.db.report import Metric
from dropmon.db.run import Answer
from dropmon.model import Sample


def samples(answer: Answer, labels: Mapping[str, str], at: float) -> Iterator[Sample]:
    """The samples of an answer, with these labels on each; what is not known leaves none. `at`: seconds since 1970.

    A series has one value at one time: of rows with the same labels (two standbys of one name) the largest.
    """
    found: dict[tuple[str, object], Sample] = {}
    for metric in answer.report.samples:
        for row in answer.rows if metric.value not in answer.facts else (answer.facts,):
            if all(row.get(column) == value for column, value in metric.where.items()):
                for sample in _sample(metric, row, labels, at):
                    before = found.get((sample.name, sample.labels), sample)
                    found[sample.name, sample.labels] = max(before, sample, key=lambda each: each.value)
    yield from found.values()


def _sample(metric: Metric, row: Mapping[str, Any], labels: Mapping[str, str], at: float) -> Iterator[Sample]:
    value = row.get(metric.value)
    if value is not None:
        own = {label: str(row.get(column) or "") for label, column in metric.labels.items()}
        yield Sample(metric.name, tuple(sorted({**labels, **own}.items())), at, float(value))
