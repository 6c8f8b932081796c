"""Shopify's Admin API: one shop a token, versions that retire, a leaky bucket of calls."""

from __future__ import annotations

import math
import re
import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from dropmon.demo.exchange import Answer, Request, reply
from dropmon.demo.standin import Stage, Standin

TOKEN = "shpat_demo_"  # noqa: S105 any token that starts so is good: what follows is the shop's name
BUCKET = 40
LEAK = 2.0  # calls a second
SPENT = "X-Shopify-Shop-Api-Call-Limit"
RELEASE = timedelta(hours=17)  # of the quarter's first day, UTC


def supported(now: datetime) -> list[str]:
    """The versions of the last twelve months, oldest first.

    >>> supported(datetime(2026, 11, 23, tzinfo=UTC))
    ['2026-01', '2026-04', '2026-07', '2026-10']
    >>> supported(datetime(2027, 1, 1, 16, 59, tzinfo=UTC))[-1]
    '2026-10'
    """
    released = now - RELEASE
    quarter = released.year * 4 + (released.month - 1) // 3
    return [f"{q // 4}-{q % 4 * 3 + 1:02}" for q in range(quarter - 3, quarter + 1)]


def served(asked: str, now: datetime) -> str | None:
    """The version that answers: a retired one falls forward to the oldest supported; None is no version.

    >>> now = datetime(2026, 11, 23, tzinfo=UTC)
    >>> served("2024-01", now), served("2026-10", now), served("unstable", now), served("2027-01", now)
    ('2026-01', '2026-10', 'unstable', None)
    """
    versions = supported(now)
    if asked == "unstable" or asked in versions:
        return asked
    return versions[0] if re.fullmatch(r"\d{4}-(01|04|07|10)", asked) and asked < versions[0] else None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Calls that have not leaked out yet. Times in seconds.

    >>> full = Bucket(40.0, at=100.0)
    >>> full.poured(100.0).wait, full.poured(100.5).wait
    (0.5, 0.0)
    """

    level: float = 0.0
    at: float = 0.0

    def poured(self, now: float) -> Bucket:
        return Bucket(max(0.0, self.level - LEAK * (now - self.at)) + 1, now)

    @property
    def wait(self) -> float:
        """Seconds until the last call would have had room."""
        return max(0.0, (self.level - BUCKET) / LEAK)


class Shopify(Standin):
    """Shopify Admin API."""

    name: ClassVar[str] = "shopify"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._buckets: dict[str, Bucket] = {}
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer:
        token = request.header("X-Shopify-Access-Token")
        if not token.startswith(TOKEN):
            return self.denied(request)
        path = re.fullmatch(r"/admin/api/([^/]+)/shop\.json", request.path)
        version = served(path[1], datetime.now(UTC)) if path else None
        if not version:
            return reply({"errors": "Not Found"}, 404)
        bucket = self._pour(token)
        if bucket.wait:
            return self.limited(request, bucket.wait)
        headers = {SPENT: f"{math.ceil(bucket.level)}/{BUCKET}", "X-Shopify-API-Version": version}
        return reply({"shop": shop(token.removeprefix(TOKEN))}, headers=headers)

    def _pour(self, token: str) -> Bucket:
        with self._lock:
            bucket = self._buckets.get(token, Bucket()).poured(time.monotonic())
            # a refused call takes no room
            self._buckets[token] = replace(bucket, level=bucket.level - 1) if bucket.wait else bucket
            return bucket

    def down(self, _: Request) -> Answer:
        return reply({"errors": "Service Unavailable"}, 503)

    def denied(self, _: Request) -> Answer:
        text = "[API] Invalid API key or access token (unrecognized login or wrong password)"
        return reply({"errors": text}, 401)

    def limited(self, _: Request, wait: float = 2.0) -> Answer:
        text = "Exceeded 2 calls per second for api client. Reduce request rates to resume."
        headers = {SPENT: f"{BUCKET}/{BUCKET}", "Retry-After": f"{math.ceil(wait * 10) / 10:.1f}"}
        return reply({"errors": text}, 429, headers)

    def wrong(self, _: Request) -> Answer:
        return reply({"shop": {}})


def shop(name: str) -> dict[str, object]:
    return {
        "id": 548380009 + sum(name.encode()), "name": name.replace("-", " ").title(),
        "myshopify_domain": f"{name}.myshopify.com", "domain": f"{name}.example", "currency": "EUR",
        "iana_timezone": "Europe/Paris", "plan_name": "basic", "password_enabled": False,
    }  # fmt: skip
