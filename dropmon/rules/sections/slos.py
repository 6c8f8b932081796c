"""`slos:` what was promised."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from dropmon.rules.promql import PromQL
from dropmon.rules.types import Duration, Limit, Percent, Section


class Slo(Section):
    """A promise: a share of good events, or of samples on the right side of a limit."""

    name: str = Field(min_length=1)
    description: str = ""
    target: Percent = Field(description="The share that must be good: 99.9%.")
    window: Duration = Field(2592000.0, description="Looked back over, rolling.")
    calendar: Literal["week", "month", "quarter", "year"] | None = Field(None, description="Instead of rolling.")
    good: PromQL | None = Field(None, description="Good events; with `total`.")
    bad: PromQL | None = Field(None, description="Bad events; with `total`.")
    total: PromQL | None = Field(None, description="All events.")
    value: PromQL | None = Field(None, description="Samples; with `below` or `above`.")
    below: Limit | None = Field(None, description="A sample is good when it is less than this.")
    above: Limit | None = Field(None, description="A sample is good when it is more than this.")
    min_events: int = Field(1, ge=1, description="Fewer in a window say nothing.")
    exclude_maintenance: bool = Field(True, description="Time in `maintenance:` does not count.")
    channels: tuple[str, ...] = Field((), description="Who hears that the budget burns too fast.")
    runbook: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        events = self.total is not None and (self.good is None) != (self.bad is None)
        samples = self.value is not None and (self.below is None) != (self.above is None)
        mixed = events and (self.value, self.below, self.above) != (None, None, None)
        if events == samples or mixed:
            raise ValueError(
                "an SLO counts events ('good' or 'bad', and 'total') or samples ('value', and 'below' or 'above')"
            )
        return self

    @model_validator(mode="after")
    def _some_budget(self) -> Self:
        if not 0 < self.target < 1:
            raise ValueError("'target' must be above 0% and below 100%: without a budget nothing may ever fail")
        return self


SHAPE = tuple[Slo, ...]
empty = SHAPE
