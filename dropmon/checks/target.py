"""A probe aimed at one thing, with what is known about it but not part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dropmon.model import UNTIMED, Outcome
from dropmon.secrets import mask

if TYPE_CHECKING:
    from dropmon.checks.exchange import Exchange
    from dropmon.checks.finding import Finding
    from dropmon.checks.probe import Probe


LONGEST = 240  # characters of a sentence: a server's novel must not push the verdict off the screen


def cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


class Target(NamedTuple):
    """A probe aimed at one thing. `kind` is its section of the rules."""

    kind: str
    probe: Probe
    proof: tuple[str, ...] = ()  # the variables it identifies itself with
    secrets: tuple[str, ...] = ()  # values of its own that must never be shown
    order: tuple[int, int] = (0, 0)  # where its entry stands in the rules, and it among that entry's targets

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.probe.name

    def outcome(
        self, finding: Finding, at: float, exchange: Exchange | None = None, taken: float | None = None
    ) -> Outcome:
        """The finding of what was asked at `at`, with its figures, and without the target's secrets."""
        probe = self.probe
        return Outcome(
            name=probe.name,
            kind=self.kind,
            verdict=finding.verdict,
            at=at,
            duration=exchange.duration or None if exchange else taken,
            phases=exchange.phases if exchange else UNTIMED,
            status_code=exchange.status_code if exchange else None,
            certificate_expires=exchange.certificate_expires if exchange else None,
            error=cut(mask(finding.error, self.secrets)),
            hint=cut(mask(finding.hint, self.secrets)),
            retry_at=finding.retry_at,
            labels=probe.labels,
            tags=probe.tags,
        )

    def unasked(self, finding: Finding, at: float) -> Outcome:
        """The outcome when nothing was sent."""
        return self.outcome(finding, at)._replace(asked=False)
