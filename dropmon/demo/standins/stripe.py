"""Stripe's API: the balance of an account."""

from __future__ import annotations

import base64
import binascii
import uuid
from dataclasses import replace
from typing import ClassVar

from dropmon.demo.exchange import Answer, Request, reply
from dropmon.demo.standin import Standin

KEY = "sk_demo_not_a_real_key"
BALANCE = {
    "object": "balance", "livemode": False,
    "available": [{"amount": 512340, "currency": "eur", "source_types": {"card": 512340}}],
    "pending": [{"amount": 80210, "currency": "eur", "source_types": {"card": 80210}}],
}  # fmt: skip
MISSING = (
    "You did not provide an API key. You need to provide your API key in the Authorization header,"
    " using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
)


def key(request: Request) -> str:
    """The key of a request: a bearer token, or the user name of basic authentication."""
    kind, _, value = request.header("Authorization").partition(" ")
    if kind.lower() != "basic":
        return value.strip()
    try:
        return base64.b64decode(value).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def masked(secret: str) -> str:
    """As Stripe quotes a key back.

    >>> masked("sk_test_abcdefgh")
    'sk_test_****efgh'
    """
    return f"{secret[:8]}****{secret[-4:]}"


def error(status: int, kind: str, message: str, **more: str) -> Answer:
    retry = str(status in {409, 429} or status >= 500).lower()
    told = {"message": message, "type": kind, **more}
    return reply({"error": told}, status, {"Stripe-Should-Retry": retry})


class Stripe(Standin):
    """Stripe API."""

    name: ClassVar[str] = "stripe"

    def respond(self, request: Request) -> Answer:
        answer = super().respond(request)
        return replace(answer, headers={**answer.headers, "Request-Id": f"req_{uuid.uuid4().hex[:14]}"})

    def answer(self, request: Request) -> Answer:
        if key(request) != KEY:
            return self.denied(request)
        if request.path != "/v1/balance":
            text = f"Unrecognized request URL ({request.method}: {request.path})."
            return error(404, "invalid_request_error", text)
        return reply(BALANCE)

    def down(self, _: Request) -> Answer:
        return error(503, "api_error", "Sorry, something went wrong. We have already been notified.")

    def denied(self, request: Request) -> Answer:
        given = key(request)
        text = f"Invalid API Key provided: {masked(given)}" if given else MISSING
        return error(401, "invalid_request_error", text)

    def limited(self, _: Request) -> Answer:
        text = "Request rate limit exceeded. Learn more about rate limits at https://docs.stripe.com/rate-limits."
        return error(429, "invalid_request_error", text, code="rate_limit")

    def wrong(self, _: Request) -> Answer:
        return reply({"object": "balance", "livemode": False})
