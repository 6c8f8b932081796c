"""DNS records."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from dropmon.checks.finding import HEALTHY, Finding, of_time
from dropmon.checks.probe import ThreadProbe
from dropmon.model import Verdict
from dropmon.rules.types import Duration

if TYPE_CHECKING:
    from dns.resolver import Resolver


class Dns(ThreadProbe):
    """DNS records: does the name answer, and with what it should?"""

    host: str
    type: Literal["A", "AAAA", "CAA", "CNAME", "MX", "NS", "SOA", "SRV", "TXT"] = "A"
    resolver: str | None = Field(
        None, description="Address of the server to ask, 'host' or 'host:port'. Default: the system's."
    )
    expect: tuple[str, ...] = Field((), description="Values of which each must be among the answers.")
    max_time: Duration | None = Field(None, description="Slower than this is degraded.")

    def prepare(self) -> None:
        import dns.resolver  # noqa: F401

    def measure(self) -> tuple[Finding, float | None]:
        import dns.exception
        import dns.resolver

        began = time.monotonic()
        try:
            answer = self._resolver().resolve(self.host, self.type, lifetime=self.timeout, search=False)
        except dns.resolver.NXDOMAIN:
            return self._down(f"{self.host} does not exist"), time.monotonic() - began
        except dns.resolver.NoAnswer:
            return self._down(f"{self.host} has no {self.type} record"), time.monotonic() - began
        except dns.resolver.LifetimeTimeout:
            return self._down(f"no answer in {self.timeout:g} s"), time.monotonic() - began
        except (dns.exception.DNSException, OSError) as error:
            return self._down(f"cannot be resolved: {error}"), time.monotonic() - began
        taken = time.monotonic() - began
        found = tuple(record.to_text().strip('"') for record in answer)
        return self._unexpected(found) or of_time(taken, self.max_time) or HEALTHY, taken

    def _resolver(self) -> Resolver:
        import dns.resolver

        if not self.resolver:
            return dns.resolver.Resolver()
        host, _, port = self.resolver.rpartition(":") if self.resolver.count(":") == 1 else (self.resolver, "", "")
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [host or self.resolver], int(port or 53)
        return resolver

    def _unexpected(self, found: tuple[str, ...]) -> Finding | None:
        missing = [want for want in self.expect if want.rstrip(".") not in {have.rstrip(".") for have in found}]
        if not missing:
            return None
        return self._down(f"{self.type} is {', '.join(found)}; {', '.join(missing)} is missing")

    def _down(self, error: str) -> Finding:
        at = f" @{self.resolver}" if self.resolver else ""
        return Finding(Verdict.DOWN, error, f"did somebody change the zone? try: dig {self.host} {self.type}{at}")
