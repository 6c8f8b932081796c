"""`slos:` what was promised."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from dropmon.rules.promql import PromQL
from dropmon.rules.types import Duration, Limit, Section, Written
from dropmon.slo import target as said
from dropmon.slo.burn import fastest, thresholds, unreachable
from dropmon.slo.indicator import Indicator, events, values
from dropmon.slo.sums import how_many
from dropmon.slo.target import Target
from dropmon.slo.window import DAY, NOMINAL
from dropmon.units import human_duration

SIDES = {"below": "<", "at_most": "<=", "above": ">", "at_least": ">="}
Promised = Annotated[
    Target, Written(said.target, said.shown, "99.9%", said.PATTERN, "a share")
]  # fmt: skip


class Slo(Section):
    """A promise: a share of good events, or of samples on the right side of a limit."""

    name: str = Field(pattern=r"^[\w][\w .-]*$", description="Never changes: its alerts are known by it.")
    description: str = ""
    target: Promised = Field(
        description="The share that must be good: 99.9% is at least so much, '> 99.5%' more; '< 0.1%' is of bad ones."
    )
    window: Duration | None = Field(None, description="Looked back over, rolling. Default: 30d.")
    calendar: Literal["week", "month", "quarter", "year"] | None = Field(
        None, description="Instead of rolling: a new budget on Monday, on the first, … in the platform's time zone."
    )
    good: PromQL | None = Field(None, description="Good events; with `total`.")
    bad: PromQL | None = Field(None, description="Bad events; with `total`.")
    total: PromQL | None = Field(
        None, description="All events: each sample of a selector, or by how much a counter (…_total) grew."
    )
    value: PromQL | None = Field(None, description="Samples; with `below`, `at_most`, `above` or `at_least`.")
    below: Limit | None = Field(None, description="A sample is good when it is less than this.")
    at_most: Limit | None = Field(None, description="A sample is good when it is not more than this.")
    above: Limit | None = Field(None, description="A sample is good when it is more than this.")
    at_least: Limit | None = Field(None, description="A sample is good when it is not less than this.")
    budgeting: Literal["occurrences", "timeslices"] = Field(
        "occurrences", description="timeslices: what is counted is slices of time, each good or bad."
    )
    slice: Duration | None = Field(None, description="How long a time slice is. Default: 5m.")
    slice_target: Promised | None = Field(None, description="Of the events of a good slice. Default: `target`.")
    min_events: int = Field(1, ge=1, description="Fewer in the window say nothing: NO_DATA.")
    min_bad_events: int = Field(2, ge=1, description="Fewer in the long window of an alert tell nobody.")
    exclude_maintenance: bool = Field(True, description="Time in `maintenance:` does not count.")
    channels: tuple[str, ...] = Field((), description="Who hears that the budget burns too fast.")
    runbook: str | None = None

    @property
    def seconds(self) -> float:
        """The length of its window; that of a calendar for what is scaled by it."""
        return NOMINAL[self.calendar] if self.calendar else self.window or 30 * DAY

    @property
    def indicator(self) -> Indicator:
        """What is counted. Raises ValueError for what cannot be."""
        if self.total is not None:
            return events(self.good, self.bad, self.total)
        side, limit = next((side, limit) for side, limit in self._limits() if limit is not None)
        return values(self.value or "", SIDES[side], limit)

    def _limits(self) -> list[tuple[str, float | None]]:
        return [(side, getattr(self, side)) for side in SIDES]

    @field_validator("good", "bad", "total")
    @classmethod
    def _amount(cls, text: str | None) -> str | None:
        return text and how_many(text)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        limits = [limit for _, limit in self._limits() if limit is not None]
        counted = self.total is not None and (self.good is None) != (self.bad is None)
        compared = self.value is not None and len(limits) == 1
        if counted == compared or (counted and (self.value is not None or limits)):
            raise ValueError(
                "an SLO counts events ('good' or 'bad', and 'total') or samples ('value', and 'below', 'at_most', "
                "'above' or 'at_least')"
            )
        assert self.indicator
        return self

    @model_validator(mode="after")
    def _some_budget(self) -> Self:
        if not 0 < self.target.share < 1:
            raise ValueError("'target' must be above 0% and below 100%: without a budget nothing may ever fail")
        return self

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.calendar and self.window is not None:
            raise ValueError("a window is either 'calendar' or rolling, 'window'")
        if self.seconds < 3600:
            raise ValueError("'window' must be 1h or longer")
        sliced = [key for key in ("slice", "slice_target") if getattr(self, key) is not None]
        if sliced and self.budgeting != "timeslices":
            raise ValueError(f"'{sliced[0]}' needs 'budgeting: timeslices'")
        if self.slice is not None and (self.slice % 60 or not 60 <= self.slice <= min(self.seconds / 10, DAY)):
            raise ValueError("'slice' must be whole minutes, and at most a tenth of the window")
        return self

    @model_validator(mode="after")
    def _told(self) -> Self:
        if self.channels and not thresholds(self.seconds):
            raise ValueError(
                f"nobody would ever be told: no burn window fits in {human_duration(self.seconds)}; "
                "leave 'channels' out, or look back longer"
            )
        return self

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.channels and (never := unreachable(self.target, self.seconds)):
            pair, factor = never[0]
            raise ValueError(
                f"its alert on {pair.long} could never fire: it asks for a burn rate above {float(factor):.4g}, and "
                f"with a target of {said.shown(self.target)} there is none above {float(fastest(self.target)):.4g}; "
                "promise more, or leave 'channels' out"
            )
        return self


SHAPE = tuple[Slo, ...]
empty = SHAPE
