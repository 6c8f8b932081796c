"""What became of a message that was sent."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from dropmon.secrets import mask

if TYPE_CHECKING:
    from dropmon.transport import Answer

AGAIN = frozenset({408, 425, 429})  # statuses below 500 that may end otherwise another time
LONGEST = 6 * 3600.0  # seconds: who asks for a longer wait is asked again after these


class Verdict(StrEnum):
    """What one attempt came to."""

    DELIVERED = "delivered"
    RETRY = "retry"  # it did not arrive, and may later
    REFUSED = "refused"  # it did not arrive, and never will
    UNKNOWN = "unknown"  # it may have arrived


class Delivery(NamedTuple):
    """What one attempt came to, and why."""

    verdict: Verdict
    why: str = ""
    after: float = 0.0  # seconds to wait, if somebody said
    reached: bool = True  # whether anybody answered at all: else nothing sent the same way will arrive now

    @property
    def ok(self) -> bool:
        return self.verdict is Verdict.DELIVERED


DELIVERED = Delivery(Verdict.DELIVERED)


def refused(why: str) -> Delivery:
    return Delivery(Verdict.REFUSED, mask(why))


def later(why: str, after: float = 0.0) -> Delivery:
    return Delivery(Verdict.RETRY, mask(why), min(max(0.0, after), LONGEST))


def unknown(why: str) -> Delivery:
    return Delivery(Verdict.UNKNOWN, mask(why))


def judged(answer: Answer, at: float, said: str = "") -> Delivery:
    """What an HTTP answer at `at` (seconds since 1970) means for the message; `said` is its body in a few words.

    >>> from dropmon.transport import Answer
    >>> [judged(Answer(status, {"retry-after": "7"}, b""), 0).verdict.value for status in (202, 429, 503, 404, 302)]
    ['delivered', 'retry', 'retry', 'refused', 'refused']
    """
    if answer.ok:
        return DELIVERED
    why = f"{answer.said}: {said}" if said else answer.said
    if answer.status >= 500 or answer.status in AGAIN:
        return later(why, answer.retry(at) or 0.0)
    return refused(why)
