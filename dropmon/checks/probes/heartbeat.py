"""Jobs that report by themselves."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from dropmon.checks.probe import ThreadProbe
from dropmon.rules.types import Duration


class Heartbeat(ThreadProbe):
    """Jobs that report by themselves with `dropmon beat NAME`: late is down."""

    sections: ClassVar[tuple[str, ...]] = ("heartbeats",)

    every: Duration = Field(description="How often the job reports.")
    grace: Duration = Field(0.0, description="How late it may be.")
