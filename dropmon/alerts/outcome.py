"""What follows from the attempts at one message: it is settled, tried again at a time, or given up. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from dropmon.alerts.delivery import Delivery, Verdict
from dropmon.errors import DropmonError
from dropmon.model import Status
from dropmon.storage.claiming import GIVE_UP, STUBBORN

FIRST, LONGEST = 15.0, 900.0  # seconds before the second attempt, and between any two
DOUBT = 60.0  # seconds after which a provider knows what it has taken
AT_LEAST = 3  # attempts before that
FAILURES = 3  # recipients that fail before the others are left for another time


class End(StrEnum):
    """What becomes of a message."""

    SENT = "sent"
    ALREADY = "already"  # sent before, under the same id
    WAITING = "waiting"
    DEAD = "dead"
    UNWANTED = "unwanted"  # nothing in it is for its channel
    LIMITED = "limited"  # its channel may say no more for now
    LOST = "lost"  # another process has it


class Outcome(NamedTuple):
    """What becomes of a message, why, and when it is tried again (seconds from now)."""

    end: End
    why: str = ""
    after: float = 0.0
    doubt: bool = False
    pause: float = 0.0  # seconds for which the receiver wants to hear nothing at all


class Tried(NamedTuple):
    """What became of one message."""

    id: str
    channel: str
    end: End
    why: str = ""
    next_at: float | None = None  # seconds since 1970
    late: float = 0.0  # seconds


class Late(NamedTuple):
    """A message that has failed and waits."""

    channel: str
    why: str
    overdue: bool  # for longer than its channel has patience


class Round(NamedTuple):
    """What became of all that was due, and what went wrong beside it."""

    tried: tuple[Tried, ...]
    warnings: tuple[DropmonError, ...] = ()
    late: tuple[Late, ...] = ()  # messages of before, of which nobody else was told

    @property
    def status(self) -> Status:
        ends = {each.end for each in self.tried}
        if End.DEAD in ends:
            return Status.CRITICAL
        return (
            Status.WARNING
            if self.warnings or self.late or any(each.end is End.WAITING for each in self.tried)
            else Status.OK
        )


class Attempt(NamedTuple):
    """What is known when all is tried that is to be tried."""

    deliveries: Sequence[Delivery]  # of this attempt
    done: int  # recipients that have it, now or before
    left: int  # recipients that were not tried
    number: int  # of this attempt
    age: float  # seconds since it was to be told
    overtaken: bool  # a later message got through meanwhile
    repeatable: bool  # what may have arrived is sent again
    any_will_do: bool  # one recipient is enough
    doubt: bool  # an earlier attempt may have arrived


def outcome(attempt: Attempt, id: str) -> Outcome:
    """What follows.

    >>> from dropmon.alerts.delivery import DELIVERED, later, refused
    >>> first = Attempt([DELIVERED], 1, 0, 1, 0, False, True, False, False)
    >>> outcome(first, "1").end.value, outcome(first._replace(deliveries=[refused("404")], done=0), "1").end.value
    ('sent', 'dead')
    """
    failed = [each for each in attempt.deliveries if not each.ok]
    why = "; ".join(dict.fromkeys(each.why for each in failed))
    open_ = [each for each in failed if each.verdict is not Verdict.REFUSED]
    if (attempt.done and attempt.any_will_do) or not (open_ or attempt.left):
        return Outcome(End.SENT if attempt.done else End.DEAD, why)
    if not attempt.done and hopeless(attempt):
        return Outcome(End.DEAD, f"{why} (given up after {attempt.number} attempts)")
    if attempt.done and hopeless(attempt):
        return Outcome(End.SENT, f"{why} (given up after {attempt.number} attempts)")
    unclear = any(each.verdict is Verdict.UNKNOWN for each in open_) or (attempt.doubt and attempt.left > 0)
    doubt = unclear and not attempt.repeatable
    asked = max((each.after for each in open_), default=0.0)
    return Outcome(End.WAITING, why, max(asked, backoff(attempt.number, id), DOUBT if doubt else 0.0), doubt, asked)


def hopeless(attempt: Attempt) -> bool:
    """Whether another attempt would help nobody."""
    tired = attempt.age >= GIVE_UP and attempt.number >= AT_LEAST
    return tired or (attempt.number >= STUBBORN and attempt.overtaken)


def backoff(number: int, id: str) -> float:
    """Seconds after the attempt of that number; a quarter more or less, so that not all come at once.

    >>> [round(backoff(number, "x")) for number in (1, 2, 3, 20)]
    [13, 25, 50, 755]
    """
    share = int(sha256(id.encode(errors="replace")).hexdigest()[:4], 16) / 0xFFFF
    return min(LONGEST, FIRST * 2.0 ** min(number - 1, 20)) * (0.75 + share / 2)


def enough(deliveries: Sequence[Delivery]) -> bool:
    """Whether the recipients that are left are better tried another time."""
    failed = [each for each in deliveries if each.verdict in (Verdict.RETRY, Verdict.UNKNOWN)]
    return len(failed) >= FAILURES or any(each.after > 0 for each in failed)
