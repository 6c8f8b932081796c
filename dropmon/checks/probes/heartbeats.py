"""Jobs that report by themselves."""

from __future__ import annotations

from pydantic import Field

from dropmon.checks.finding import HEALTHY, Finding
from dropmon.checks.probe import RecallProbe
from dropmon.model import Verdict
from dropmon.rules.types import Duration
from dropmon.units import human_duration


class Heartbeat(RecallProbe):
    """Jobs that report by themselves with `dropmon beat NAME`: late is down."""

    every: Duration = Field(description="How often the job reports.")
    grace: Duration = Field(0.0, description="How late it may be.")

    def recall(self, last: float | None, at: float) -> Finding:
        """Late is down; a job that never reported is unknown.

        >>> job = Heartbeat(name="import", every="1d", grace="1h")
        >>> [job.recall(last, 100_000).verdict.word for last in (None, 10_000, 9_000)]
        ['unknown', 'healthy', 'down']
        """
        command = f"dropmon beat {self.name}"
        if last is None:
            return Finding(Verdict.UNKNOWN, "it never reported", f"end the job with: {command}")
        if at - last <= self.every + self.grace:
            return HEALTHY
        silent = f"silent for {human_duration(at - last)}, expected every {human_duration(self.every)}"
        return Finding(Verdict.DOWN, silent, f"look at the job; it ends with: {command}")
