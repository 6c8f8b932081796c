"""Certificates."""

from __future__ import annotations

from pydantic import Field

from dropmon.checks import finding
from dropmon.checks.exchange import Exchange, Request
from dropmon.checks.finding import Finding
from dropmon.checks.probe import WireProbe
from dropmon.hosts import local
from dropmon.model import Verdict
from dropmon.rules.types import Duration


class Tls(WireProbe):
    """Certificates: trusted, for this host, and not about to end."""

    host: str
    port: int = Field(443, ge=1, le=65535)
    warn: Duration = Field(1814400.0, description="Degraded when it ends sooner.")
    critical: Duration = Field(604800.0, description="Down when it ends sooner.")
    authorities: str | None = Field(None, description="PEM file of the authorities to trust instead of the system's.")

    def beyond(self) -> bool:
        return not local(self.host)

    def request(self) -> Request:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return Request(f"https://{host}:{self.port}/", self.timeout, authorities=self.authorities, connect_only=True)

    def judge(self, exchange: Exchange, at: float, proof: tuple[str, ...]) -> Finding:
        ends = exchange.certificate_expires
        soon = finding.of_certificate(ends, at, max(self.warn, self.critical))
        if soon and ends is not None and ends - at < self.critical:
            soon = Finding(Verdict.DOWN, soon.error, soon.hint)
        expired = soon if ends is not None and ends <= at else None
        return expired or finding.of_fault(exchange, self.timeout) or soon or finding.HEALTHY
