"""`maintenance:` when nobody needs to be told."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from dropmon.rules.calendar import Clock, Moment, Zone, in_order
from dropmon.rules.types import Duration, Listed, Section

Day = Literal["daily", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Maintenance(Section):
    """A window that comes again, or once, for the series that match."""

    name: str = Field(min_length=1)
    every: Listed[Day] = Field((), description="daily, or days of the week; with `at` and `duration`.")
    at: Clock | None = None
    duration: Duration | None = None
    from_: Moment | None = Field(None, alias="from", description="A window that comes once; with `until`.")
    until: Moment | None = None
    timezone: Zone | None = Field(None, description="Default: the platform's.")
    matchers: dict[str, Listed[str]] = Field({}, description="Label to value, or values; none matches everything.")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        again = [bool(self.every), self.at is not None, self.duration is not None]
        once = [self.from_ is not None, self.until is not None]
        if not (all(again) and not any(once)) and not (all(once) and not any(again)):
            raise ValueError("a window has either 'every', 'at' and 'duration', or 'from' and 'until'")
        return self

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.duration is not None and not 0 < self.duration <= 86400:
            raise ValueError("'duration' must be above 0s and at most 1d")
        if self.from_ and self.until and not in_order(self.from_, self.until):
            raise ValueError("'until' must come after 'from'")
        return self


SHAPE = tuple[Maintenance, ...]
empty = SHAPE
