"""`exclusions:` time that was agreed not to count, and why."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from dropmon.rules.calendar import Moment, in_order
from dropmon.rules.types import Listed, Section


class Excluded(Section):
    """A span that leaves the error budget of SLOs."""

    slo: Listed[str] = Field(description="An SLO, or several.")
    from_: Moment = Field(alias="from", description="In the platform's time zone.")
    until: Moment
    reason: str = Field(min_length=1, description="Why it was agreed upon; shown wherever the SLO is.")

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if not in_order(self.from_, self.until):
            raise ValueError("'until' must come after 'from'")
        return self


SHAPE = tuple[Excluded, ...]
empty = SHAPE
