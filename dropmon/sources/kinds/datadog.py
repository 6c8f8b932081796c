"""Datadog: what a query of its metrics says.

Source: https://docs.datadoghq.com/api/latest/metrics/ (query timeseries points v1, query scalar data v2)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Literal

from pydantic import Field

from dropmon.rules.addresses import Url
from dropmon.rules.types import Duration, Secret
from dropmon.sources.parts import Part, together
from dropmon.sources.question import Question, Rows
from dropmon.sources.source import Reading, Told
from dropmon.sources.web import Page, Web
from dropmon.transport import Request

NONE = "no data: nothing in the last {:.0f} min"
LOOK = "look at the query in Datadog's Metrics Explorer, or write default_zero(…) if none means 0"


class DatadogQuery(Question):
    """One query."""

    query: str = Field(min_length=1, description="As in Metrics Explorer: avg:system.cpu.user{env:prod} by {host}.")
    window: Duration = Field(300.0, description="How far back it looks.")
    aggregator: Literal["avg", "last", "max", "min", "sum", "l2norm", "percentile", "area", "mean"] | None = Field(
        None, description="What becomes of the points of the window, by the v2 API. Default: the last point, by v1."
    )


class Datadog(Web):
    """Metrics of Datadog, by any query of yours."""

    key: Secret = Field(description="The API key.")
    application_key: Secret = Field(description="With timeseries_query.")
    queries: tuple[DatadogQuery, ...] = Field(min_length=1)
    site: str = Field("datadoghq.com", description="datadoghq.eu, us5.datadoghq.com, …: a key is good for one of them.")
    url: Url | None = Field(None, description="Default: https://api. and the site.")

    def asks(self) -> str:
        return "; ".join(each.query for each in self.queries)

    def tell(self, at: float) -> Iterable[Told]:
        ask = {True: self.scalar, False: self.points}
        return together([
            Part(partial(ask[each.aggregator is not None], each, at), each.missed(self.labels)) for each in self.queries
        ])  # fmt: skip

    def points(self, asked: DatadogQuery, at: float) -> Iterator[Reading]:
        """The last point of each series, by v1: a failure comes with 200 OK."""
        since = f"{at - asked.window:.0f}"
        page = self.ask(self.request("/api/v1/query", **{"from": since, "to": f"{at:.0f}", "query": asked.query}), at)
        if not isinstance(page.body, dict) or page.body.get("status") == "error":
            raise self.without(page, "series")
        rows = [(tags(each.get("tag_set")), last(each.get("pointlist"))) for each in self.objects(page, "series")]
        return self.told_of(asked, rows)

    def scalar(self, asked: DatadogQuery, at: float) -> Iterator[Reading]:
        """One number for each group, by v2."""
        query = {"data_source": "metrics", "name": "a", "query": asked.query, "aggregator": asked.aggregator}
        attributes = {
            "formulas": [{"formula": "a"}], "queries": [query],
            "from": round((at - asked.window) * 1000), "to": round(at * 1000),
        }  # fmt: skip
        body = json.dumps({"data": {"type": "scalar_request", "attributes": attributes}}).encode()
        page = self.ask(self.request("/api/v2/query/scalar")._replace(method="POST", body=body), at)
        return self.told_of(asked, self.columns(page))

    def columns(self, page: Page) -> Rows:
        """The rows of an answer that is written column by column."""
        columns = self.objects(page, "data", "attributes", "columns")
        numbers = next((each.get("values") for each in columns if each.get("type") == "number"), None)
        groups = [each for each in columns if each.get("type") == "group"]
        if not isinstance(numbers, list):
            return []
        return [
            ({str(group.get("name")): cell(group, row) for group in groups}, value) for row, value in enumerate(numbers)
        ]

    def told_of(self, asked: DatadogQuery, rows: Rows) -> Iterator[Reading]:
        if all(value is None for _, value in rows):
            return iter([asked.missed(self.labels, NONE.format(asked.window / 60), LOOK)])
        return asked.told(self.labels, rows)

    def request(self, path: str, **params: str) -> Request:
        keys = (
            ("DD-API-KEY", self.key.get_secret_value()),
            ("DD-APPLICATION-KEY", self.application_key.get_secret_value()),
        )
        kind = ("Content-Type", "application/json")
        return Request(f"{self.url or f'https://api.{self.site}'}{path}", tuple(params.items()), (*keys, kind))

    @property
    def advice(self) -> str:
        return "look at the query in Datadog's Metrics Explorer, and at `site:`"


def tags(found: object) -> dict[str, object]:
    """
    >>> tags(["env:prod", "url:http://x", "alone"])
    {'env': 'prod', 'url': 'http://x'}
    """
    pairs = [str(each).partition(":") for each in found] if isinstance(found, list) else []
    return {name: text for name, colon, text in pairs if colon}


def last(points: object) -> Any:
    """The value of the last point that has one.

    >>> last([[1795420000000, 3.5], [1795420060000, None]])
    3.5
    """
    pairs = [each for each in points if isinstance(each, list) and len(each) == 2] if isinstance(points, list) else []
    return next((value for _, value in reversed(pairs) if value is not None), None)


def cell(group: Mapping[str, Any], row: int) -> object:
    """
    >>> cell({"name": "env", "values": [["prod"], []]}, 0), cell({"name": "env", "values": [["prod"], []]}, 1)
    ('prod', None)
    """
    values = group.get("values")
    found = values[row] if isinstance(values, list) and row < len(values) else None
    return ", ".join(map(str, found)) or None if isinstance(found, list) else found
