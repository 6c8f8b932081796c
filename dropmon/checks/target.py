"""A probe aimed at one thing, with what is known about it but not part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dropmon.model import UNTIMED, Outcome
from dropmon.secrets import mask

if TYPE_CHECKING:
    from dropmon.checks.exchange import Exchange
    from dropmon.checks.finding import Finding
    from dropmon.checks.probe import Probe


class Target(NamedTuple):
    """A probe aimed at one thing. `kind` is its section of the rules."""

    kind: str
    probe: Probe
    proof: tuple[str, ...] = ()  # the variables it identifies itself with
    secrets: tuple[str, ...] = ()  # values of its own that must never be shown
    order: int = 0  # where it stands among the targets

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.probe.name

    def outcome(
        self, finding: Finding, at: float, duration: float | None = None, exchange: Exchange | None = None
    ) -> Outcome:
        """The finding with the figures of its exchange, and without the target's secrets."""
        probe, asked = self.probe, exchange is not None and exchange.duration > 0
        return Outcome(
            name=probe.name,
            kind=self.kind,
            verdict=finding.verdict,
            at=at,
            duration=exchange.duration if exchange and asked else duration,
            phases=exchange.phases if exchange else UNTIMED,
            status_code=exchange.status_code if exchange else None,
            certificate_expires=exchange.certificate_expires if exchange else None,
            error=finding.error and mask(finding.error, self.secrets),
            hint=finding.hint and mask(finding.hint, self.secrets),
            retry_at=finding.retry_at,
            labels={**probe.labels, "tags": ",".join(probe.tags)} if probe.tags else probe.labels,
        )
