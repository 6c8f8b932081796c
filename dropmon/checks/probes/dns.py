"""DNS records."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from dropmon.checks.probe import ThreadProbe
from dropmon.rules.types import Duration


class Dns(ThreadProbe):
    """DNS records: does the name answer, and with what it should?"""

    sections: ClassVar[tuple[str, ...]] = ("dns",)

    host: str
    type: Literal["A", "AAAA", "CAA", "CNAME", "MX", "NS", "SOA", "SRV", "TXT"] = "A"
    resolver: str | None = Field(None, description="Address of the server to ask, 'host' or 'host:port'. Default: the system's.")
    expect: tuple[str, ...] = Field((), description="Values of which each must be among the answers.")
    max_time: Duration | None = Field(None, description="Slower than this is degraded.")
