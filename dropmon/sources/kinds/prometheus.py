"""Any server that speaks Prometheus' HTTP API: Prometheus, Thanos, Mimir, VictoriaMetrics, Grafana Cloud.

Source: https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from pydantic import Field

from dropmon.rules.addresses import Url
from dropmon.rules.promql import MetricName
from dropmon.rules.types import Header
from dropmon.sources.question import FEWER, SCALE
from dropmon.sources.source import Reading
from dropmon.sources.values import limited, measured, merged, named
from dropmon.sources.web import Page, Web, inside, listed
from dropmon.transport import Request

INSTANT = "ask for one value a series: avg_over_time(…[5m]), rate(…[5m])"


class Prometheus(Web):
    """An instant query of any Prometheus: each series that it finds is a sample."""

    distinct_by: ClassVar[str] = "metric"

    metric: MetricName
    url: Url = Field(description="What stands before /api/v1: https://prometheus.example.com.")
    query: str = Field(min_length=1, description="PromQL, as that server understands it.")
    headers: dict[str, Header] = Field({}, description="Sent with every request: Authorization, X-Scope-OrgID.")
    scale: float = Field(1.0, description=SCALE)

    def asks(self) -> str:
        return " ".join(self.query.split())

    def lane(self) -> str:
        return f"{self.url} {self.metric}"

    def tell(self, at: float) -> Iterable[Reading]:
        params = (("query", self.query), ("time", f"{at:.3f}"))
        headers = tuple((name, text.get_secret_value()) for name, text in self.headers.items())
        page = self.ask(Request(f"{self.url.rstrip('/')}/api/v1/query", params, headers), at)
        if not isinstance(page.body, dict) or page.body.get("status") != "success":
            raise self.without(page, "result: is this the address of a Prometheus?")
        return limited(self.readings(page), FEWER)

    def readings(self, page: Page) -> Iterator[Reading]:
        """What the answer means, and its doubts: what answers in part only, says so in a warning."""
        for warning in page.body.get("warnings") or ():
            yield self.failed(f"it warns: {str(warning)[:200]}", "its answer may be a part of the truth")
        data = inside(page.body, "data")
        kind = data.get("resultType")
        if kind not in {"vector", "scalar"}:
            yield self.failed(f"the query brings a {str(kind)[:20]}, and no number", INSTANT)
            return
        found: list[Mapping[str, Any]] = listed(data, "result") if kind == "vector" else [{"value": data.get("result")}]
        if not found:
            yield self.failed("no data: the query found no series", "write … or vector(0) if none means 0")
        for each in found:
            value = each.get("value")
            labels = merged(self.labels, named(inside(each, "metric").items()))
            text = value[1] if isinstance(value, list) and len(value) == 2 else "a histogram"
            yield measured(self.metric, labels, text, self.scale, INSTANT)
