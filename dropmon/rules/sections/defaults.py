"""`defaults:` what an entry under `checks:` means when it does not say."""

from __future__ import annotations

from pydantic import Field

from dropmon.rules.addresses import HostPort
from dropmon.rules.types import Duration, Listed, Section


class Defaults(Section):
    """What an entry under `checks:` means when it does not say."""

    every: Duration = Field(300.0, description="How often cron or watch runs them.")
    timeout: Duration = Field(10.0, description="One deadline for all of one check.")
    retries: int = Field(1, ge=0, le=10, description="Further tries after a network error or a 5xx.")
    fail_after: int = Field(2, ge=1, description="Consecutive failures before an alert counts them.")
    recover_after: int = Field(1, ge=1, description="Consecutive successes before an alert is over.")
    tags: tuple[str, ...] = Field((), description="Words for `--tag`.")
    labels: dict[str, str] = Field({}, description="Labels on every sample.")
    runbook: str | None = Field(None, description="The page that says what to do.")
    line: Listed[HostPort] = Field(
        ("1.1.1.1:443", "8.8.8.8:443"),
        description="host:port of what always answers: when it does not, our own line is dead. [] never asks.",
    )


SHAPE = Defaults
empty = Defaults.model_construct
