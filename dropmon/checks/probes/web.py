"""Pages that people open."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dropmon.checks.http import Http
from dropmon.rules.types import Duration, Inactive, Section

Pair = Annotated[tuple[Duration, Duration], Field(description="[good up to, poor from]")]


class Vitals(Section):
    """Core Web Vitals limits: good up to the first, poor from the second."""

    lcp: Pair | None = None
    inp: Pair | None = None
    cls: tuple[float, float] | None = None
    ttfb: Pair | None = None
    fcp: Pair | None = None
    load: Duration | None = None


class Web(Http):
    """Pages that people open, over HTTP."""

    vitals: Annotated[Vitals | None, Inactive] = None
