"""DNS records."""

from __future__ import annotations

import time
from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from dropmon.checks.finding import HEALTHY, Finding, of_time
from dropmon.checks.probe import ThreadProbe
from dropmon.hosts import local
from dropmon.model import Verdict
from dropmon.rules.addresses import Resolver
from dropmon.rules.types import Duration

if TYPE_CHECKING:
    import dns.resolver
    from dns.rdata import Rdata


class Dns(ThreadProbe):
    """DNS records: does the name answer, and with what it should?"""

    host: str
    type: Literal["A", "AAAA", "CAA", "CNAME", "MX", "NS", "SOA", "SRV", "TXT"] = "A"
    resolver: Resolver | None = Field(
        None, description="The server to ask: 1.1.1.1 or [::1]:53. Default: the system's."
    )
    expect: tuple[str, ...] = Field((), description="Values of which each must be among the answers.")
    max_time: Duration | None = Field(None, description="Slower than this is degraded.")

    def prepare(self) -> None:
        import dns.resolver  # noqa: F401

    def beyond(self) -> bool:
        return self.resolver is None or not local(str(self.resolver.address))

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
            silence = self._down(f"no answer in {self.timeout:g} s")._replace(unreached=True)
            return silence, time.monotonic() - began
        except (dns.exception.DNSException, OSError) as error:
            unreached = isinstance(error, OSError | dns.resolver.NoNameservers)
            failure = self._down(f"cannot be resolved: {error}")._replace(unreached=unreached)
            return failure, time.monotonic() - began
        taken = time.monotonic() - began
        found = tuple(_said(record) for record in answer)
        return self._unexpected(found) or of_time(taken, self.max_time) or HEALTHY, taken

    def _resolver(self) -> dns.resolver.Resolver:
        import dns.resolver

        if not self.resolver:
            return dns.resolver.Resolver()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = [self.resolver.address], self.resolver.port
        return resolver

    def _unexpected(self, found: tuple[str, ...]) -> Finding | None:
        alike = str if self.type == "TXT" else _alike
        missing = [want for want in self.expect if alike(want) not in set(map(alike, found))]
        if not missing:
            return None
        return self._down(f"{self.type} is {', '.join(found)}; {', '.join(missing)} is missing")

    def _down(self, error: str) -> Finding:
        at = f" -p {self.resolver.port} @{self.resolver.address}" if self.resolver else ""
        return Finding(Verdict.DOWN, error, f"did somebody change the zone? try: dig {self.host} {self.type}{at}")


def _said(record: Rdata) -> str:
    """A record as text; the strings of a TXT record, which end after 255 bytes each, are one."""
    strings = getattr(record, "strings", None)
    return record.to_text() if strings is None else b"".join(strings).decode("utf-8", "replace")


def _alike(value: str) -> str:
    """A value in the one spelling that all spellings of it share.

    >>> _alike("10 Mail.Example.COM."), _alike("2001:DB8:0::1")
    ('10 mail.example.com', '2001:db8::1')
    """
    words = [word.removesuffix(".").casefold() for word in value.split()]
    try:
        return str(ip_address(words[0] if len(words) == 1 else ""))
    except ValueError:
        return " ".join(words)
