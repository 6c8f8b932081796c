"""`alerts:` when to say what to whom."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, Field

from dropmon import units
from dropmon.rules.promql import PromQL
from dropmon.rules.types import Duration, Quantified, Section, show_duration

Severity = Literal["low", "medium", "high", "critical"]


class Streak(NamedTuple):
    """So many evaluations in a row, and so many seconds."""

    times: int = 1
    seconds: float = 0.0


class Streaked(Quantified):
    """A number of evaluations, or a duration."""

    def read(self, value: object) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            if value < 1:
                raise ValueError("must be at least 1")
            return Streak(value)
        return super().read(value)

    def __get_pydantic_json_schema__(self, _schema: object, _handler: object) -> dict[str, Any]:
        return {"anyOf": [{"type": "integer", "minimum": 1}, super().__get_pydantic_json_schema__(_schema, _handler)]}


def _streak(text: str) -> Streak:
    return Streak(seconds=units.duration(text))


def _shown(streak: Streak) -> Any:
    return show_duration(streak.seconds) if streak.seconds else streak.times


def _filled(text: str) -> str:
    if "{{" in text:
        from dropmon.alerts.template import complaint

        if wrong := complaint(text):
            raise ValueError(wrong)
    return text


Steady = Annotated[Streak, Streaked(_streak, _shown, "5m", units.DURATION)]
Template = Annotated[str, AfterValidator(_filled)]


class Alert(Section):
    """A condition, and who hears of each series that meets it."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", description="Never changes: what fires is known by it.")
    name: Template | None = Field(None, description="The title; {{ labels.check }} stands for a label.")
    description: Template | None = Field(
        None, description="A sentence more; {{ value | percent }} is the number, also as duration, size or round."
    )
    condition: PromQL = Field(description="Fires for each series that it returns.")
    for_: Duration = Field(0.0, alias="for", description="How long the condition must hold before it fires.")
    fail_after: int | None = Field(
        None, ge=1, description="At how many evaluations in a row. Default: of `defaults:` for probe_success, else 1."
    )
    recover_after: Steady | None = Field(
        None, description="How long, or at how many evaluations in a row, it must not hold. Default: of `defaults:`."
    )
    unknown_after: Duration | None = Field(900.0, description="Says once that there was no data for this long.")
    severity: Severity = Field(description="Of a series with a label `severity`, what that says instead.")
    channels: tuple[str, ...] = Field((), description="Entries of `channels:`; oncall is whoever holds the pager.")
    throttle: Duration = Field(0.0, description="The least time between two notices of one series to one channel.")
    remind_every: Duration | None = Field(None, description="Says again that it is still firing.")
    depends_on: tuple[str, ...] = Field(
        (), description="Alerts that explain this one: while any series of theirs fires or is about to, it is silent."
    )
    labels: dict[str, str] = Field({}, description="Added to the series' own, for texts and routing.")
    runbook: str | None = Field(None, description="The page that says what to do.")
    enabled: bool = True


SHAPE = tuple[Alert, ...]
empty = SHAPE
