"""What every channel has in common: its keys in the rules, what it takes, how it says a notification."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, ClassVar, NamedTuple

from pydantic import Field

from dropmon.alerts.delivery import Delivery, judged, later, unknown
from dropmon.alerts.escape import plain
from dropmon.alerts.message import Voice
from dropmon.alerts.notification import Notification, Phase, Reason
from dropmon.errors import DropmonError, TransportError
from dropmon.rules.sections.alerts import Severity
from dropmon.rules.types import Duration, Listed, Rate, Section
from dropmon.transport import Answer, Request, exchange

ANSWER = 1 << 20  # bytes that are read of an answer


class Letter(NamedTuple):
    """What goes to one recipient. It is known as delivered by `to`."""

    to: str
    what: Any  # a Request, an EmailMessage, or whatever its channel sends


class Channel(Section):
    """What every channel has in common."""

    repeatable: ClassVar[bool] = True  # whether what may have arrived is sent again
    any_will_do: ClassVar[bool] = False  # whether one recipient of several is enough
    apart: ClassVar[bool] = False  # whether its letters go different ways: one that fails says nothing of the others
    lasting: ClassVar[bool] = False  # whether what it opens stays open until it hears that it is over

    severities: Listed[Severity] = Field((), description="Only these; default: all.")
    resolved: bool = Field(True, description="Says also that it is over.")
    fallback: str | None = Field(None, description="The channel that is told when this one fails.")
    patience: Duration = Field(300.0, description="How late a message may be before the fallback is told as well.")
    limit: Rate | None = Field(None, description="More than this is bundled into one message.")
    timeout: Duration = Field(30.0, description="A slow receiver is not a failed one: too short means twice.")

    @property
    def rate(self) -> Rate | None:
        """How many notifications may be told in how many seconds."""
        return self.limit

    @property
    def since(self) -> float:
        """Since when it goes to whom it goes to: what was tried before went to somebody else."""
        return 0.0

    def takes(self, notification: Notification) -> Notification | None:
        """The notification with what this channel wants to hear of it, if that is anything."""
        if notification.reason is Reason.TEST:
            return notification
        alerts = tuple(
            alert
            for alert in notification.alerts
            if (not self.severities or alert.severity.word in self.severities)
            and (self.resolved or alert.phase is not Phase.RESOLVED)
        )
        return notification._replace(alerts=alerts) if alerts else None

    def letters(self, notification: Notification, voice: Voice) -> Sequence[Letter]:
        """What is sent, to each recipient. Pure."""
        raise NotImplementedError

    def send(self, letter: Letter, at: float) -> Delivery:
        """Sends one letter, at `at` seconds since 1970. Raises nothing that a network can cause."""
        try:
            answer = exchange(letter.what, self.timeout, ANSWER)
        except TransportError as error:
            return unheard(error)
        return self.judge(answer, at)

    def judge(self, answer: Answer, at: float) -> Delivery:
        """What an answer means."""
        return judged(answer, at, said(answer))

    def arrived(self, letter: Letter, since: float) -> bool | None:
        """Whether a letter that was sent after `since` is there; None when nobody can tell."""
        return None

    def known_to(self) -> str:
        """To whom it goes, for a list of channels: without secrets."""
        return ""


class Given(NamedTuple):
    """One channel as the rules give it, with either `channel` or `problem`."""

    name: str
    channel: Channel | None = None
    problem: DropmonError | None = None  # a variable that this environment lacks
    fallback: str | None = None


def unheard(error: TransportError) -> Delivery:
    """What an error of a conversation means: what never went out has not arrived."""
    return unknown(error.what) if error.sent else later(error.what)


def post(url: str, body: object, id: str, headers: Sequence[tuple[str, str]] = ()) -> Request:
    """JSON to an address. Whoever gets it twice knows it by its Idempotency-Key."""
    own = (("Content-Type", "application/json"), ("Idempotency-Key", header(id)))
    return Request(url, headers=(*own, *headers), method="POST", body=compact(body))


def compact(body: object) -> bytes:
    """JSON as short as it can be."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def header(text: str) -> str:
    r"""A header's value of visible ASCII alone.

    >>> header("a\r\nb é")
    'a__b__'
    """
    kept = "".join(character if "!" <= character <= "~" else "_" for character in text)
    return kept if len(kept) <= 200 else f"{kept[:100]}.{sha256(text.encode(errors='replace')).hexdigest()}"


def said(answer: Answer) -> str:
    """What stands in an answer, in a few words."""
    return plain(answer.body[:2000].decode(errors="replace"), 200)


def reading(answer: Answer) -> dict[str, Any]:
    """The JSON object of an answer; an empty one when it holds none."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


__all__ = [
    "Channel", "Delivery", "Given", "Letter", "compact", "header", "post", "reading", "said", "unheard",
]  # fmt: skip
