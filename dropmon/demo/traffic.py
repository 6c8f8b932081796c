"""Invocations of the edge functions that nobody asked for: what a day at the shop looks like in the log."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from dropmon.demo import edgelog

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTIONS = ("order-sync", "monitoring", "send-alert-email")
WEIGHTS = (8, 3, 1)
SLOW = 1500  # milliseconds from which the shop's logger warns
FAILING = 0.006  # share of invocations that fail, some of them without being caught
ERRORS = (
    "Shopify answered 502 for order 48211",
    "BigBuy: Something went wrong",
    'duplicate key value violates unique constraint "orders_reference_key"',
    "The signal has been aborted",
)
UNCAUGHT = (
    "TypeError: Cannot read properties of undefined (reading 'line_items')",
    "ReferenceError: shippingRates is not defined",
)


def invocation(at: float, chance: random.Random) -> str:
    """The lines that one invocation leaves behind. `at` in seconds since 1970."""
    function = chance.choices(FUNCTIONS, WEIGHTS)[0]
    duration = round(chance.lognormvariate(4.6, 0.6))
    request = f"req_{chance.randrange(16**10):010x}"
    fails = chance.random() < FAILING
    if fails and chance.random() < 0.3:
        return edgelog.served(at, function) + edgelog.uncaught(at, function, chance.choice(UNCAUGHT))
    if fails:
        return edgelog.served(at, function) + failed(at, function, duration, chance.choice(ERRORS), request)
    slow = chance.random() < 0.02
    warning = edgelog.entry(at, "warn", "slow upstream", {"function": function}, request) if slow else ""
    metric = edgelog.metric(at, function, duration + SLOW * slow)
    return edgelog.served(at, function) + note(at, function, request) + warning + metric


def note(at: float, function: str, request: str) -> str:
    """What the shop's logger says of a good one; the word error in it is no error."""
    context = {"function": function, "errors": 0}
    return edgelog.entry(at, "info", "done, error budget untouched", context, request)


def failed(at: float, function: str, duration: int, error: str, request: str) -> str:
    """An error as the shop's logger tells it, with its stack, and as the metric counts it."""
    stack = f"Error: {error}\n    at processRequest (file:///home/deno/functions/{function}/index.ts:27:11)"
    context = {"function": function, "error": {"message": error, "stack": stack}}
    told = edgelog.entry(at, "error", f"{function} failed", context, request)
    return told + edgelog.failure(at, function, duration, error)


def backlog(now: float, seconds: float, every: float = 2.0) -> Iterator[str]:
    """What the last `seconds` before `now` left in the log, always the same."""
    chance = random.Random(7)  # noqa: S311 a story, not a secret
    for step in range(round(seconds / every), 0, -1):
        yield invocation(now - step * every, chance)
