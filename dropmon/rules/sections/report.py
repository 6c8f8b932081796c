"""`report:` what leadership reads."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dropmon.rules.addresses import Email
from dropmon.rules.calendar import Weekly, Zone
from dropmon.rules.promql import MetricName
from dropmon.rules.types import Duration, Listed, Section


class WeeklyReport(Section):
    """The week, once a week."""

    at: Weekly
    channel: str = Field(description="An entry of `channels:` that sends mail.")
    to: Listed[Email]
    timezone: Zone | None = Field(None, description="Default: the platform's.")
    language: Literal["en", "fr"] | None = Field(None, description="Default: the platform's.")
    satisfaction: MetricName | None = Field(None, description="The metric that says how content users are.")
    apdex: Duration = Field(0.5, gt=0, description="Answers within it satisfy, where no metric says more.")
    maintenance: Literal["counted", "excluded"] = Field(
        "counted", description="Whether what was probed in `maintenance:` counts in uptime and response times."
    )


class Report(Section):
    """What leadership reads."""

    weekly: WeeklyReport | None = None


SHAPE = Report
empty = Report.model_construct
