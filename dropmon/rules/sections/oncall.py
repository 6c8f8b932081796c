"""`oncall:` who holds the pager, week by week."""

from __future__ import annotations

from datetime import time
from typing import Literal, Self

from pydantic import Field, model_validator

from dropmon.rules.addresses import Email, Phone
from dropmon.rules.calendar import Date, Moment, Weekly, WeeklyTime, Zone, in_order
from dropmon.rules.types import Section


class Person(Section):
    """Somebody who can be called."""

    name: str = Field(min_length=1)
    phone: Phone | None = None
    email: Email | None = None
    slack: str | None = Field(None, description="Member id: U01…")
    timezone: Zone | None = None


class Row(Section):
    """One week of the rotation."""

    primary: str
    backup: str | None = None

    @model_validator(mode="after")
    def _two_people(self) -> Self:
        if self.primary == self.backup:
            raise ValueError(f"'backup' must be somebody else than 'primary' ({self.primary})")
        return self


class Override(Section):
    """Somebody stands in for somebody else."""

    replace: str
    with_: str = Field(alias="with")
    from_: Moment = Field(alias="from")
    until: Moment
    role: Literal["primary", "backup"] | None = Field(None, description="Default: whichever they hold.")
    reason: str = ""

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if not in_order(self.from_, self.until):
            raise ValueError("'until' must come after 'from'")
        return self


class Oncall(Section):
    """Who holds the pager, week by week, from a hand-off by the wall clock to the next."""

    timezone: Zone | None = Field(None, description="Default: the platform's.")
    start: Date | None = Field(None, description="A day in the week of the first row.")
    handoff: Weekly = WeeklyTime(0, time(9))
    people: dict[str, Person] = Field({}, description="Short name to person.")
    rotation: tuple[Row, ...] = Field((), description="One row a week, over and over.")
    overrides: tuple[Override, ...] = ()

    @model_validator(mode="after")
    def _anchored(self) -> Self:
        if self.rotation and self.start is None:
            raise ValueError("'start' is missing: a rotation needs the week of its first row")
        return self


SHAPE = Oncall
empty = Oncall.model_construct
