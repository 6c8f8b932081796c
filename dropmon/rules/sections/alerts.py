"""`alerts:` when to say what to whom."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dropmon.rules.promql import PromQL
from dropmon.rules.types import Duration, Section

Severity = Literal["low", "medium", "high", "critical"]


class Alert(Section):
    """A condition, and who hears of each series that meets it."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", description="Never changes: what fires is known by it.")
    name: str | None = Field(None, description="The title; {{ labels.check }} stands for a label.")
    description: str | None = Field(None, description="A sentence more, with the same placeholders.")
    condition: PromQL = Field(description="Fires for each series that it returns.")
    for_: Duration = Field(0.0, alias="for", description="How long the condition must hold before it fires.")
    recover_after: Duration = Field(0.0, description="How long it must not hold before it is over.")
    unknown_after: Duration | None = Field(900.0, description="Says once that there was no data for this long.")
    severity: Severity
    channels: tuple[str, ...] = Field((), description="Entries of `channels:`; oncall is whoever holds the pager.")
    throttle: Duration = Field(0.0, description="The least time between two notices of one series to one channel.")
    remind_every: Duration | None = Field(None, description="Says again that it is still firing.")
    depends_on: tuple[str, ...] = Field((), description="Alerts that explain this one: while they fire it is silent.")
    labels: dict[str, str] = Field({}, description="Added to the series' own.")
    runbook: str | None = Field(None, description="The page that says what to do.")
    enabled: bool = True


SHAPE = tuple[Alert, ...]
empty = SHAPE
