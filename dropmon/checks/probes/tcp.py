"""TCP ports."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from dropmon.checks.probe import WireProbe
from dropmon.rules.types import Duration


class Tcp(WireProbe):
    """TCP ports: does something accept a connection?"""

    sections: ClassVar[tuple[str, ...]] = ("tcp",)

    host: str
    port: int = Field(ge=1, le=65535)
    max_time: Duration | None = Field(None, description="Slower than this is degraded.")
