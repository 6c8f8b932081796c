"""Certificates."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from dropmon.checks.probe import WireProbe
from dropmon.rules.types import Duration


class Tls(WireProbe):
    """Certificates: trusted, for this host, and not about to end."""

    sections: ClassVar[tuple[str, ...]] = ("tls",)

    host: str
    port: int = Field(443, ge=1, le=65535)
    warn: Duration = Field(1814400.0, description="Degraded when it ends sooner.")
    critical: Duration = Field(604800.0, description="Down when it ends sooner.")
    authorities: str | None = Field(None, description="PEM file of the authorities to trust instead of the system's.")
