"""`incidents:` what each level of trouble asks of people."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dropmon.rules.sections.alerts import Severity
from dropmon.rules.types import Duration, Section


class Level(Section):
    """What one level asks of people, counted from when it was triggered."""

    from_: tuple[Severity, ...] = Field((), alias="from", description="Severities of alerts that open one.")
    acknowledge: Duration | None = Field(None, description="Somebody must have taken it by then.")
    investigate: Duration | None = Field(None, description="Somebody must have written down what was found by then.")
    communicate: Duration | None = Field(None, description="Users must have been told by then.")
    update: Duration | None = Field(None, description="Users hear more this long after they were told.")
    escalate: Duration | None = Field(None, description="If it is not resolved by then, the next in line is called.")
    escalation: tuple[str, ...] = Field(
        ("backup", "everyone"), description="Who is called, one after the other: backup, everyone, a person."
    )
    due: Duration | None = Field(None, description="It must be resolved by then.")
    notify: tuple[str, ...] = Field((), description="Entries of `channels:`; oncall is whoever holds the pager.")
    postmortem: Literal["required", "if-recurrent", "no"] = "no"
    ticket: bool = Field(False, description="Opens a ticket, through the channel of `tickets`.")


class Incidents(Section):
    """What each level of trouble asks of people."""

    critical: Level = Field(default_factory=Level)
    major: Level = Field(default_factory=Level)
    minor: Level = Field(default_factory=Level)
    tickets: str | None = Field(
        None, description="The channel that opens tickets. Default: the first of type github or gitlab."
    )
    group_within: Duration = Field(600.0, description="An alert like one that joined so shortly before joins as well.")
    reopen_within: Duration = Field(1800.0, description="An alert that comes back so soon reopens its incident.")
    auto_resolve: bool = Field(True, description="An incident that alerts opened is over when they are.")


SHAPE = Incidents
empty = Incidents.model_construct
