"""`history:` how long numbers are kept, or which Prometheus keeps them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dropmon.rules.addresses import Url
from dropmon.rules.types import Duration, Header, Inactive, Section


class History(Section):
    """How long numbers are kept, or which Prometheus keeps them."""

    retention: Duration = Field(3024000.0, description="How long every sample is kept; then its hour is.")
    hourly: Duration = Field(34560000.0, description="How long the hours are kept.")
    prometheus: Annotated[Url | None, Inactive] = Field(
        None, description="A server with Prometheus' HTTP API, instead of our file."
    )
    headers: Annotated[dict[str, Header], Inactive] = Field({}, description="Sent to that server.")


SHAPE = History
empty = History.model_construct
