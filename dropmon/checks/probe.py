"""What every check has in common: its keys in the rules, and the two ways of asking.

A probe never does I/O it can leave to an engine: one that speaks through libcurl says what to send (`request`) and
judges what came back (`judge`), both pure; only the others measure by themselves, in a thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from dropmon.rules.types import Duration, Inactive, Section

if TYPE_CHECKING:
    from dropmon.checks.exchange import Exchange, Request
    from dropmon.checks.finding import Finding


class Probe(Section):
    """What every check has in common."""

    name: str = Field(min_length=1, description="Unique among the checks; what you type after `dropmon check apis`.")
    every: Duration = Field(
        300.0, description="How often cron or watch runs it; its samples stand for 2.5 times as long."
    )
    timeout: Duration = Field(10.0, description="One deadline for all of it: name, connection, TLS, answer, redirects.")
    fail_after: int = Field(2, ge=1, description="Failures in a row before an alert counts it.")
    recover_after: int = Field(1, ge=1, description="Successes in a row before an alert is over.")
    depends_on: Annotated[tuple[str, ...], Inactive] = Field(
        (), description="Checks without which this one cannot work."
    )
    tags: tuple[str, ...] = Field((), description="Words for `--tag`.")
    labels: dict[str, str] = Field(default_factory=dict, description="Labels on every sample of this check.")
    runbook: str | None = Field(None, description="The page that says what to do.")

    def credentials(self) -> tuple[str, ...]:
        """Secrets that are made of others, and so are known to nobody else."""
        return ()

    def beyond(self) -> bool:
        """Whether it asks something beyond this machine, so that its answer tells of our own line."""
        return True

    def prepare(self) -> None:
        """Loads what it will need: a library that loads while others are being timed would be in their times."""


class WireProbe(Probe):
    """A probe that libcurl carries: many at once, timed by libcurl's own clock."""

    retries: int = Field(1, ge=0, le=10, description="Further tries after a network error or a 5xx.")

    def request(self) -> Request:
        """What to send. Pure."""
        raise NotImplementedError

    def judge(self, exchange: Exchange, at: float, proof: tuple[str, ...]) -> Finding:
        """What the answer means, at `at` seconds since 1970. Pure.

        `proof` names the variables that the check identifies itself with, for the sentence about a refused token.
        """
        raise NotImplementedError


class ThreadProbe(Probe):
    """A probe that measures by itself, in a thread that the run's deadline may leave behind."""

    def measure(self) -> tuple[Finding, float | None]:
        """What it means, and the seconds it took (None when there was nothing to time)."""
        raise NotImplementedError


class RecallProbe(Probe):
    """A probe that is judged by what was recorded before: nothing is asked."""

    def recall(self, last: float | None, at: float) -> Finding:
        """What it means that the last report came at `last`, or never. Seconds since 1970. Pure."""
        raise NotImplementedError
