"""New Relic: what NRQL says.

Source: https://docs.newrelic.com/docs/apis/nerdgraph/examples/nerdgraph-nrql-tutorial/
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Literal

from pydantic import Field

from dropmon.rules.addresses import Url
from dropmon.rules.types import Secret
from dropmon.sources.parts import Part, together
from dropmon.sources.question import Question
from dropmon.sources.source import Reading, Told
from dropmon.sources.web import Web
from dropmon.transport import Request

GRAPHQL = """query ($account: Int!, $nrql: Nrql!, $timeout: Seconds!) {
  actor { account(id: $account) { nrql(query: $nrql, timeout: $timeout) { results } } } }"""
HOSTS = {"us": "https://api.newrelic.com", "eu": "https://api.eu.newrelic.com"}
VALUE = "value"
OURS = {
    "facet",
    "beginTimeSeconds",
    "endTimeSeconds",
    "timestamp",
    "inspectedCount",
}  # of every answer, no number of it
ALIAS = "name the number: SELECT count(*) AS value"


class NewRelicQuery(Question):
    """One query."""

    query: str = Field(min_length=1, description="NRQL: SELECT count(*) AS value FROM Transaction SINCE 5 minutes ago.")


class NewRelic(Web):
    """Numbers of New Relic, by any NRQL of yours: what a FACET is by becomes labels."""

    key: Secret = Field(description="A user key: NRAK-…")
    account: int
    queries: tuple[NewRelicQuery, ...] = Field(min_length=1)
    region: Literal["us", "eu"] = "us"
    url: Url | None = Field(None, description="Default: that of the region.")

    def asks(self) -> str:
        return "; ".join(each.query for each in self.queries)

    def tell(self, at: float) -> Iterable[Told]:
        return together([Part(partial(self.rows, each, at), each.missed(self.labels)) for each in self.queries])

    def rows(self, asked: NewRelicQuery, at: float) -> Iterator[Reading]:
        """The answer of one query. GraphQL's errors come with 200 OK."""
        page = self.ask(self.request(asked.query), at)
        if not isinstance(page.body, dict) or page.body.get("errors"):
            raise self.without(page, "results")
        rows = self.objects(page, "data", "actor", "account", "nrql", "results")
        found = [pair for row in rows for pair in numbers(row)]
        if not found:
            yield asked.missed(self.labels, "no data: the query found no number", ALIAS)
        yield from asked.told(self.labels, found)

    def request(self, nrql: str) -> Request:
        variables = {"account": self.account, "nrql": nrql, "timeout": max(1, min(70, int(self.timeout)))}
        body = json.dumps({"query": GRAPHQL, "variables": variables}).encode()
        headers = (("API-Key", self.key.get_secret_value()), ("Content-Type", "application/json"))
        return Request(f"{self.url or HOSTS[self.region]}/graphql", (), headers, "POST", body)

    @property
    def advice(self) -> str:
        return "try the NRQL in New Relic, and look at `account:` and `region:`"


def numbers(row: Mapping[str, Any]) -> Iterator[tuple[dict[str, object], object]]:
    """The numbers of a row with what they are by: `value`, or else every one; percentiles by quantile.

    >>> list(numbers({"facet": "GET /", "name": "GET /", "value": 3}))
    [({'name': 'GET /'}, 3)]
    >>> list(numbers({"percentile.duration": {"95": 1.2}}))
    [({'quantile': '0.95'}, 1.2)]
    >>> list(numbers({"average.duration": 0.5, "count": 4}))
    [({'of': 'average.duration'}, 0.5), ({'of': 'count'}, 4)]
    """
    texts: dict[str, object] = {name: text for name, text in row.items() if isinstance(text, str) and name not in OURS}
    facet = row.get("facet")
    if not texts and facet is not None:
        texts = {"facet": ", ".join(map(str, facet)) if isinstance(facet, list) else facet}
    found = {name: value for name, value in row.items() if name not in OURS and not isinstance(value, str | list)}
    if VALUE in found:
        found = {VALUE: found[VALUE]}
    for name, value in found.items():
        by = {**texts, **({"of": name} if len(found) > 1 else {})}
        if isinstance(value, dict):
            yield from (({**by, "quantile": quantile(each)}, number) for each, number in value.items())
        else:
            yield by, value


def quantile(percentile: str) -> str:
    """
    >>> quantile("95"), quantile("99.9"), quantile("x")
    ('0.95', '0.999', 'x')
    """
    try:
        return f"{float(percentile) / 100:g}"
    except ValueError:
        return percentile
