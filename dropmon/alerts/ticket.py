"""What trackers of tickets have in common: a ticket is opened, commented on while it lasts, and closed.

No tracker knows a repeat by an id. Each text ends with a mark of the ticket and one of the message, and is looked for
by these before it is written again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, ClassVar, NamedTuple

from pydantic import Field

from dropmon.alerts.channel import ANSWER, Channel, Letter, compact
from dropmon.alerts.delivery import DELIVERED, Delivery, unknown
from dropmon.alerts.escape import markdown
from dropmon.alerts.message import Part, Voice, message
from dropmon.alerts.notification import Alert, Notification, Reason
from dropmon.errors import TransportError
from dropmon.rules.types import Secret
from dropmon.transport import Request, exchange

MARKED = re.compile(r"[\w./=:-]{1,150}", re.ASCII)
OPENING = {Reason.FIRST, Reason.TEST, Reason.DELIVERY, Reason.UNKNOWN}


class Note(NamedTuple):
    """What is to be written of one alert."""

    title: str
    body: str
    mark: str  # of the ticket
    id: str  # of the message
    act: str  # open, comment, close

    @property
    def opens(self) -> bool:
        return self.act == "open"

    @property
    def closes(self) -> bool:
        return self.act == "close"


class Found(NamedTuple):
    """A ticket that is there."""

    number: str
    open: bool


class Tracker(Channel):
    """What trackers of tickets have in common."""

    repeatable: ClassVar[bool] = False
    lasting: ClassVar[bool] = True

    token: Secret
    labels: tuple[str, ...] = Field((), description="Of every ticket.")

    def letters(self, notification: Notification, voice: Voice) -> list[Letter]:
        whole = message(notification, voice, len(notification.alerts))
        pairs = zip(notification.alerts, whole.parts, strict=True)
        return [self._letter(alert, each, notification, (*whole.notes, whole.foot)) for alert, each in pairs]

    def _letter(self, alert: Alert, told: Part, notification: Notification, foot: tuple[str, ...]) -> Letter:
        known = mark(alert.key)
        act = "close" if told.over else "open" if notification.reason in OPENING else "comment"
        lines = [*laid_out(told), "", *(f"*{markdown(line)}*" for line in foot), "", f"`{known}` · `{notification.id}`"]
        return Letter(known, Note(told.title, "\n".join(lines), known, notification.id, act))

    def send(self, letter: Letter, at: float) -> Delivery:
        """Opens a ticket, or says it in the one that is open; of one that is over nothing is opened."""
        note: Note = letter.what
        try:
            if note.opens:
                return self._told(self.opened(note), at)
            found = next((each for each in self._tickets(note, None) if each.open), None)
            if found is None:
                return DELIVERED if note.closes else self._told(self.opened(note), at)
            told = self._commented(found, note)  # and then could not be closed
            said = DELIVERED if told else self._told(self.commented(found.number, note), at)
            return self._told(self.closed(found.number), at) if said.ok and note.closes else said
        except (TransportError, LookupError) as error:
            return unknown(getattr(error, "what", str(error)))

    def arrived(self, letter: Letter, since: float) -> bool | None:
        """Looks for the message among the tickets, or the comments, that were written since."""
        note: Note = letter.what
        try:
            found = list(self._tickets(note, since if note.opens else None))
            if note.opens:
                return bool(found)
            return any(self._commented(each, note) for each in found if not (each.open and note.closes))
        except (TransportError, LookupError):
            return None

    def _told(self, request: Request, at: float) -> Delivery:
        return self.judge(exchange(request, self.timeout, ANSWER), at)

    def _tickets(self, note: Note, since: float | None) -> Iterator[Found]:
        """The tickets with the mark, the latest first. Raises LookupError where nobody says."""
        for each in self._read(self.searched(note, since)):
            if marked(self.text(each), note.mark):
                yield self.found(each)

    def _commented(self, found: Found, note: Note) -> bool:
        return any(marked(str(each.get("body")), note.id) for each in self._read(self.comments(found.number)))

    def _read(self, request: Request) -> list[dict[str, Any]]:
        answer = exchange(request, self.timeout, 8 * ANSWER)
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError):
            found = None
        if not answer.ok or not isinstance(found, list):
            raise LookupError(f"what there is cannot be read: {answer.said}")
        return [each for each in found if isinstance(each, dict)]

    def ask(self, method: str, url: str, body: Any = None, params: tuple[tuple[str, str], ...] = ()) -> Request:
        """A request with the token."""
        more = (("Content-Type", "application/json"),) if body is not None else ()
        headers = (*self.authorized(), *more)
        return Request(url, params, headers, method, None if body is None else compact(body))

    def authorized(self) -> tuple[tuple[str, str], ...]:
        raise NotImplementedError

    def opened(self, note: Note) -> Request:
        raise NotImplementedError

    def commented(self, number: str, note: Note) -> Request:
        raise NotImplementedError

    def closed(self, number: str) -> Request:
        raise NotImplementedError

    def searched(self, note: Note, since: float | None) -> Request:
        raise NotImplementedError

    def comments(self, number: str) -> Request:
        raise NotImplementedError

    def text(self, ticket: dict[str, Any]) -> str:
        raise NotImplementedError

    def found(self, ticket: dict[str, Any]) -> Found:
        raise NotImplementedError


def mark(key: str) -> str:
    """What a ticket is known by.

    >>> mark("incident-12"), mark("a b")
    ('dropmon-incident-12', 'dropmon-c8687a08aa5d6ed2')
    """
    return f"dropmon-{key if MARKED.fullmatch(key) else sha256(key.encode(errors='replace')).hexdigest()[:16]}"


def marked(text: str, mark: str) -> bool:
    """Whether a text carries a mark, and not only a longer one.

    >>> marked("`dropmon-a-1` · `x`", "dropmon-a-1"), marked("`dropmon-a-12`", "dropmon-a-1")
    (True, False)
    """
    return f"`{mark}`" in text


def laid_out(told: Part) -> list[str]:
    """The alert as Markdown, in which nothing from outside is markup, a mention or a command of the tracker."""
    lines = [f"- **{markdown(name)}**: {markdown(value)}" for name, value in told.facts if value]
    runbook = [f"- **Runbook**: {told.link or markdown(told.runbook)}"] if told.runbook else []
    command = [f"- `{told.acknowledge.replace('`', '')}`"] if told.acknowledge else []
    said = [f"**{markdown(told.name)}**", "", *([f"- {markdown(told.description)}"] if told.description else [])]
    return [*said, *lines, *runbook, *command]
