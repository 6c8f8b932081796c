"""Grafana Loki."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from dropmon import secrets
from dropmon.errors import TransportError
from dropmon.logs.sources.asking import Speech, asked
from dropmon.logs.sources.source import Clock, Row, Say, Source, Span
from dropmon.rules.addresses import Url
from dropmon.rules.types import Secret
from dropmon.transport import Request, TooLargeError

if TYPE_CHECKING:
    from dropmon.logs.query import Query

DAY = 86400.0
NANO = 10**9
PAGE, MOST = 1000, 5000  # lines of a page, and how many Loki gives at most unless it is configured otherwise
SPEECH = Speech(
    "Loki",
    {
        400: ("Loki could not understand the question (400)", "look at `query:` under `logs: {loki: …}`"),
        401: (
            "Loki does not accept the login (401)",
            "give `token:`, or `user:` and `token:`, and `tenant:` if it has any",
        ),
        403: ("the token may not read these logs (403)", "it needs the right to read logs; look at `tenant:` too"),
        404: ("there is no Loki at this address (404)", "write the address in front of /loki/api/v1 as `url:`"),
    },
)


class Loki(Source):
    """Grafana Loki, or Grafana Cloud."""

    url: Url = Field("http://localhost:3100", description="What stands in front of /loki/api/v1.")
    query: str = Field('{service_name=~".+"}', description="LogQL that selects the streams; it may go on with filters.")
    token: Secret | None = Field(None, description="Sent as a bearer token, or as the password of `user`.")
    user: str | None = Field(None, description="Of basic auth: at Grafana Cloud, the number of the instance.")
    tenant: str | None = Field(None, description="Sent as X-Scope-OrgID.")

    def asks(self) -> str:
        return f"{self.url}: {self.query}"

    def told(self, span: Span, want: Query, clock: Clock, say: Say) -> Iterator[Row]:
        from dropmon.logs.sources.logql import queries

        for step in span.steps(DAY):
            answers = [self._lines(query, step, clock, say) for query in queries(self.query, want)]
            yield from heapq.merge(*answers, key=lambda row: row.key)

    def _lines(self, query: str, step: Span, clock: Clock, say: Say) -> Iterator[Row]:
        """The lines of one query, page after page. Loki's cursor is a moment: that of the last line is asked again."""
        from dropmon.logs.sources.rows import of_loki

        start, end = math.floor(step.since * NANO), math.ceil(step.until * NANO)
        limit, most = PAGE, MOST
        while start < end:
            try:
                page = of_loki(self._page(query, start, end, limit, clock, say), SPEECH)
            except TooLargeError:
                if limit == 1:
                    raise
                limit = most = limit // 2
                continue
            yield from page
            if len(page) < limit:
                return
            last = int(page[-1].key.partition(" ")[0])
            if last == start:
                limit = wider(limit, most)
            start = last

    def _page(self, query: str, start: int, end: int, limit: int, clock: Clock, say: Say) -> bytes:
        params = {"query": query, "start": start, "end": end, "limit": limit, "direction": "forward"}
        pairs = tuple((name, str(value)) for name, value in params.items())
        request = Request(f"{self.url.rstrip('/')}/loki/api/v1/query_range", pairs, self._headers())
        return asked(request, SPEECH, self.timeout, clock, say).body

    def _headers(self) -> tuple[tuple[str, str], ...]:
        headers = [("X-Scope-OrgID", self.tenant)] if self.tenant else []
        token = self.token.get_secret_value() if self.token else ""
        if self.user is not None:
            headers.append(("Authorization", f"Basic {secrets.remember(secrets.basic(self.user, token))}"))
        elif token:
            headers.append(("Authorization", f"Bearer {token}"))
        return tuple(headers)


def wider(limit: int, most: int) -> int:
    """The size of the next page, when one was full of a single moment. Raises TransportError."""
    if limit >= most:
        what = f"more than {limit:,} lines of Loki have the same time to the nanosecond"
        raise TransportError(what, "narrow `query:` to fewer streams")
    return min(limit * 2, most)
