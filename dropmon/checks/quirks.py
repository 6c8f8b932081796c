"""Answers that say 200 and mean something else. Each quirk is one function: the answer in, a finding or None out.

Facts: Shopify serves the oldest supported version when the asked one is retired, and says so in a header only;
BigBuy puts errors, throttling and whole HTTP answers into bodies of status 200 (pybigbuy 3.25, `response.py`).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dropmon.checks.finding import Finding, rate_limited, refused
from dropmon.model import Verdict

if TYPE_CHECKING:
    from dropmon.checks.exchange import Exchange

ENVELOPE = {"code", "message", "errors"}
THEIRS = "an error on their side, whatever the status code says"


def throttle_text(answer: Exchange, at: float) -> Finding | None:
    """BigBuy's throttle: the text alone, or as a JSON string."""
    if len(answer.body) < 64 and answer.body.strip().strip(b'"') == b"You exceeded the rate limit":
        return rate_limited(answer.headers, at)
    return None


def error_envelope(answer: Exchange, at: float) -> Finding | None:
    """`{"code": 500, "message": "…"}` and nothing else is an error, not data."""
    if b'"message"' not in answer.body or not answer.body.lstrip().startswith(b"{") or len(answer.body) > 65536:
        return None
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    code, message = body.get("code"), body.get("message")
    if set(body) - ENVELOPE or not isinstance(message, str) or isinstance(code, bool):
        return None
    if (isinstance(code, int) and 400 <= code <= 599) or (isinstance(code, str) and re.fullmatch(r"ER\d+", code)):
        if code == 429:
            return rate_limited(answer.headers, at)
        if code in {401, 403}:
            return refused(code, ())
        return Finding(Verdict.DOWN, f"error inside HTTP {answer.status_code}: {code} {message}", THEIRS)
    return None


def answer_in_answer(answer: Exchange, at: float) -> Finding | None:
    """A whole `HTTP/1.1 502 …` as the body of a 200."""
    inner = re.match(rb"\s*HTTP/[\d.]+ ([45]\d\d)[^\r\n]*", answer.body)
    if not inner:
        return None
    return Finding(
        Verdict.DOWN,
        f"error inside HTTP {answer.status_code}: {inner[0].decode('ascii', 'replace').strip()}",
        THEIRS,
    )


def empty_json(answer: Exchange, at: float) -> Finding | None:
    """Nothing at all, where the address promises JSON."""
    if answer.status_code == 200 and not answer.body and urlsplit(answer.url).path.endswith(".json"):
        return Finding(
            Verdict.DOWN,
            "an empty body where JSON was promised",
            "does what the path names still exist there?",
        )
    return None


def version_drift(answer: Exchange) -> Finding | None:
    """Degraded when Shopify served another version of its API than the one in the path."""
    asked = re.search(r"/admin/api/(\d{4}-\d{2})/", answer.url)
    served = answer.headers.get("x-shopify-api-version")
    if not asked or not served or asked[1] == served:
        return None
    error = f"asked for version {asked[1]}, was served {served}: {asked[1]} is retired"
    return Finding(Verdict.DEGRADED, error, f"test with {served}, then change the version in `url`")


HIDDEN_ERRORS = (throttle_text, error_envelope, answer_in_answer, empty_json)


def hidden_error(answer: Exchange, at: float) -> Finding | None:
    """The first error that hides in an answer whose status code says success."""
    if answer.status_code is None or not 200 <= answer.status_code < 300:
        return None
    return next((finding for look in HIDDEN_ERRORS if (finding := look(answer, at))), None)
