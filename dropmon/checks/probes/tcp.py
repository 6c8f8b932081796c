"""TCP ports."""

from __future__ import annotations

from pydantic import Field

from dropmon.checks import finding
from dropmon.checks.exchange import Exchange, Request
from dropmon.checks.finding import Finding
from dropmon.checks.probe import WireProbe
from dropmon.hosts import local
from dropmon.rules.types import Duration


class Tcp(WireProbe):
    """TCP ports: does something accept a connection?"""

    host: str
    port: int = Field(ge=1, le=65535)
    max_time: Duration | None = Field(None, description="Slower than this is degraded.")

    def beyond(self) -> bool:
        return not local(self.host)

    def request(self) -> Request:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return Request(f"http://{host}:{self.port}/", self.timeout, connect_only=True)

    def judge(self, exchange: Exchange, at: float, proof: tuple[str, ...]) -> Finding:
        fault = finding.of_fault(exchange, self.timeout)
        if fault:
            hint = f"is it running, and does a firewall stand between? try: nc -vz {self.host} {self.port}"
            return fault._replace(hint=hint)
        return finding.of_time(exchange.duration, self.max_time) or finding.HEALTHY
