"""One question of several that a source is asked: what its answer is called, and how it becomes a base unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import Field

from dropmon.rules.promql import MetricName
from dropmon.rules.types import Section
from dropmon.sources.source import LabelName, Labels, Reading
from dropmon.sources.values import limited, measured, merged, named

SCALE = "What the number is multiplied by, for seconds, ratios and bytes: 0.001 for milliseconds, 0.01 for percent."
Rows = Sequence[tuple[Mapping[str, object], object]]  # of each the dimensions, and the number
FEWER = "group by fewer dimensions, or ask for the largest"


class Question(Section):
    """What every question has in common."""

    metric: MetricName
    labels: dict[LabelName, str] = Field({}, description="Labels on its samples.")
    scale: float = Field(1.0, description=SCALE)

    def own(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Its labels, beside those of the source."""
        return {**labels, **self.labels}

    def missed(self, labels: Mapping[str, str], error: str = "", hint: str = "") -> Reading:
        """The reading of a question that has no answer."""
        return Reading(self.metric, merged(self.own(labels), {}), None, error, hint)

    def told(self, labels: Mapping[str, str], rows: Rows) -> Iterator[Reading]:
        """The samples of an answer: of each row the dimensions, and the number."""
        own = self.own(labels)
        found = [(merged(own, named(dimensions.items())), value) for dimensions, value in rows]
        return limited((self.number(labels, value) for labels, value in found), FEWER)

    def number(self, labels: Labels, value: object) -> Reading:
        """One number of an answer."""
        return measured(self.metric, labels, value, self.scale)
