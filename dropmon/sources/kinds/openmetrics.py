"""Any page that Prometheus could scrape."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from dropmon.rules.addresses import Url
from dropmon.rules.types import Duration, Header, Listed
from dropmon.sources.scrape import scraped
from dropmon.sources.source import Reading
from dropmon.sources.web import Web
from dropmon.transport import Request

ACCEPT = ("Accept", "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.9,*/*;q=0.1")


class OpenMetrics(Web):
    """Any page that Prometheus could scrape: /metrics of an exporter or of your own service."""

    distinct_by: ClassVar[str] = "name"

    name: str
    url: Url
    headers: dict[str, Header] = Field({}, description="Sent with every request.")
    metrics: Listed[str] = Field((), description="Names that are kept, with * for anything; default: all.")
    every: Duration = 60.0

    def asks(self) -> str:
        return ", ".join(self.metrics) or "everything"

    def tell(self, at: float) -> Iterable[Reading]:
        headers = tuple((name, text.get_secret_value()) for name, text in self.headers.items())
        return scraped(self, self.answer(Request(self.url, (), (ACCEPT, *headers)), at), self.metrics, at)
