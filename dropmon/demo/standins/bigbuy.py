"""BigBuy's catalogue, with its ways of failing inside HTTP 200."""

from __future__ import annotations

import time
from typing import ClassVar

from dropmon.demo.exchange import Answer, Request, page, reply
from dropmon.demo.standin import Standin

KEY = "bigbuy_demo_not_a_real_key"
LANGUAGES = [
    {"id": "1", "isoCode": "es", "name": "Español"},
    {"id": "2", "isoCode": "en", "name": "English"},
    {"id": "3", "isoCode": "fr", "name": "Français"},
    {"id": "4", "isoCode": "de", "name": "Deutsch"},
]


class BigBuy(Standin):
    """BigBuy catalogue API."""

    name: ClassVar[str] = "bigbuy"

    def answer(self, request: Request) -> Answer:
        if request.bearer != KEY:
            return self.denied(request)
        # where others say 404, BigBuy says 200 and nothing
        return reply(LANGUAGES) if request.path == "/rest/catalog/languages.json" else Answer()

    def down(self, _: Request) -> Answer:
        return page("<html><head><title>502 Bad Gateway</title></head><h1>502 Bad Gateway</h1></html>", 502)

    def denied(self, _: Request) -> Answer:
        return reply({"code": 401, "message": "Invalid credentials."}, 401)

    def limited(self, _: Request) -> Answer:
        headers = {"Content-Type": "text/plain", "X-Ratelimit-Reset": str(int(time.time()) + 30)}
        return Answer(429, b"You exceeded the rate limit", headers)

    def wrong(self, _: Request) -> Answer:
        return reply({"code": 500, "message": "Something went wrong"})
