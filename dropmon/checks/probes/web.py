"""Pages that people open."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from dropmon.checks.http import Http
from dropmon.rules.types import Duration, Section
from dropmon.vitals.vital import EVERY, VITALS, Limits

Pair = Annotated[tuple[Duration, Duration], Field(description="[good up to, poor beyond]")]
LIMITS = {name: vital.limits for name, vital in VITALS.items()}


class Vitals(Section):
    """Web vitals of the page, for `dropmon check web --vitals`: what is not written has Google's limits."""

    lcp: Pair | None = None
    inp: Pair | None = None
    cls: tuple[float, float] | None = Field(None, description="[good up to, poor beyond]")
    ttfb: Pair | None = None
    fcp: Pair | None = None
    load: Duration | None = Field(None, description="Good up to here, poor beyond.")
    every: Duration = Field(
        EVERY["lab"], description="How often cron measures it; its samples stand for 2.5 times as long."
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for name, (good, poor) in self.written().items():
            if good > poor:
                raise ValueError(f"{name}: good ends before poor begins: write the smaller number first")
        return self

    def written(self) -> dict[str, Limits]:
        """The limits that stand here, in seconds; of CLS a ratio."""
        found = {name: getattr(self, name) for name in VITALS if getattr(self, name) is not None}
        return {name: each if isinstance(each, tuple) else (each, each) for name, each in found.items()}


class Web(Http):
    """Pages that people open, over HTTP."""

    vitals: Vitals | None = None

    def limits(self) -> dict[str, Limits]:
        """Of every vital: good up to the first, poor beyond the second. In seconds; of CLS a ratio."""
        return LIMITS | self.judged()

    def judged(self) -> dict[str, Limits]:
        """Those of its own."""
        return self.vitals.written() if self.vitals else {}
