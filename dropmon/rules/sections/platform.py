"""`platform:` what is watched, and for whom."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dropmon.rules.addresses import Email, Phone, Url
from dropmon.rules.calendar import Zone
from dropmon.rules.types import Section


class Platform(Section):
    """What is watched, and for whom."""

    name: str = Field("", description="Stands in messages and reports.")
    url: Url | None = Field(None, description="Where users find it.")
    timezone: Zone | None = Field(None, description="Of every time shown or scheduled. Default: the machine's.")
    language: Literal["en", "fr"] = Field("en", description="Of reports, status texts and messages.")
    contact: Email | None = Field(None, description="Who answers for it.")
    phone: Phone | None = Field(None, description="The on-call telephone.")


SHAPE = Platform
empty = Platform.model_construct
