"""SMS through Twilio (https://www.twilio.com/docs/messaging/api/message-resource)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from hashlib import sha256
from typing import ClassVar, Literal
from urllib.parse import quote, urlencode

from pydantic import Field

from dropmon import secrets
from dropmon.alerts.channel import ANSWER, Channel, Letter, reading, said
from dropmon.alerts.delivery import DELIVERED, Delivery, judged, later, refused, unknown
from dropmon.alerts.escape import cut, cut_sms, gsm
from dropmon.alerts.message import Message, Part, Voice, message
from dropmon.alerts.notification import Notification
from dropmon.errors import TransportError
from dropmon.rules.addresses import Phone, Url
from dropmon.rules.sections.alerts import Severity
from dropmon.rules.types import Listed, Rate, Secret
from dropmon.transport import Answer, Request, exchange

COMMAND = 80  # characters of commands that there is room for
LEAST = 60  # characters of the message that the notes leave it
UNDELIVERED = frozenset({"failed", "undelivered", "canceled"})


class Twilio(Channel):
    """SMS, through Twilio: by default of what is critical only."""

    repeatable: ClassVar[bool] = False  # Twilio knows no key by which it would drop a repeat

    type: Literal["twilio", "sms"] = "twilio"
    account: str = Field(description="Account SID: AC…")
    token: Secret
    key: str | None = Field(None, description="API key SID (SK…), when `token` is its secret.")
    from_: str = Field(alias="from", description="A number, a sender id, or a messaging service (MG…).")
    to: Listed[Phone]
    severities: Listed[Severity] = Field(("critical",), description="Only these; an SMS is for what cannot wait.")
    limit: Rate | None = Field((Fraction(12), 3600.0), description="More SMS than this are bundled into one message.")
    api: Url = Field("https://api.twilio.com", description="Where Twilio is: another region, or a proxy.")

    def letters(self, notification: Notification, voice: Voice) -> list[Letter]:
        text = short(message(notification, voice))
        return [Letter(to, self._request("POST", body={"To": to, **self._sender(), "Body": text})) for to in self.to]

    def judge(self, answer: Answer, at: float) -> Delivery:
        found = reading(answer)
        if answer.ok:
            failed = found.get("status") in UNDELIVERED
            return refused(f"{found.get('status')}: {found.get('error_message')}") if failed else DELIVERED
        why = f"{found.get('message', said(answer))}"
        why = f"{why} ({found['code']})" if "code" in found else why
        if found.get("code") == 21730:  # maintenance
            return later(why, answer.retry(at) or 0.0)
        if answer.status >= 500:  # it may have been made before that
            return unknown(f"{answer.said}: {why}")
        return judged(answer, at, why)

    def arrived(self, letter: Letter, since: float) -> bool | None:
        """Looks for it among the messages that were made that day, by the mark at its end."""
        day = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%d")
        asked = self._request("GET", params=(("To", letter.to), ("DateSent>", day), ("PageSize", "200")))
        try:
            answer = exchange(asked, self.timeout, ANSWER)
        except TransportError:
            return None
        messages = reading(answer).get("messages")
        if not answer.ok or not isinstance(messages, list):
            return None
        mark = letter.what.body.rpartition(b"%23")[2].decode()
        bodies = [one for one in messages if isinstance(one, dict) and str(one.get("body", "")).endswith(f"#{mark}")]
        return any(one.get("status") not in UNDELIVERED for one in bodies)

    @property
    def rate(self) -> Rate | None:
        """Each number costs one of what `limit` allows."""
        return (Fraction(max(1, int(self.limit[0]) // max(1, len(self.to)))), self.limit[1]) if self.limit else None

    def known_to(self) -> str:
        return ", ".join(self.to)

    def _sender(self) -> dict[str, str]:
        return {"MessagingServiceSid" if self.from_.startswith("MG") else "From": self.from_}

    def _request(
        self, method: str, params: tuple[tuple[str, str], ...] = (), body: dict[str, str] | None = None
    ) -> Request:
        login = secrets.basic(self.key or self.account, self.token.get_secret_value())
        headers = (("Authorization", f"Basic {login}"), ("Content-Type", "application/x-www-form-urlencoded"))
        url = f"{self.api.rstrip('/')}/2010-04-01/Accounts/{quote(self.account, safe='')}/Messages.json"
        return Request(url, params, headers, method, urlencode(body).encode() if body else None)


def short(told: Message) -> str:
    """The message in two parts of an SMS at most, with a mark at its end by which it is found again.

    What is too long loses its end, but neither the command that acknowledges it nor the mark.

    >>> short(Message("1", "", (), ("Late by 5m.",), "Drop Craft", 0, 0, False))
    'Drop Craft (Late by 5m.) #6b86b2'
    """
    head, rest = _said(told.parts) if told.parts else (told.foot, "")
    typed = command(told.parts)
    own = f" [{typed}]" if typed else ""
    notes = f" ({cut(' '.join(told.notes), 130)})" if told.notes else ""
    mark = f" #{sha256(told.id.encode()).hexdigest()[:6]}"
    while cut_sms(whole := gsm(head + own + rest + notes) + mark) != whole:
        if rest and (len(head + own + rest) > LEAST or not notes):
            rest = rest[:-1]
        elif notes and len(head) <= LEAST:
            notes = notes[:-1]
        else:
            head = head[:-1]
    return whole


def command(parts: Sequence[Part]) -> str:
    """What acknowledges all of it, or the worst of it if there is no room: one command takes every series of a rule.

    >>> from dropmon.alerts.notification import Alert, Notification, Phase, Reason, Severity
    >>> firing = [Alert("down", "", Severity.HIGH, Phase.FIRING, {"check": check}) for check in "ab"]
    >>> told = Notification("1", "sms", Reason.FIRST, (*firing, firing[0]._replace(rule="slow")), 0.0)
    >>> command(message(told, Voice()).parts)
    'dropmon alert ack down; dropmon alert ack slow/check=a'
    """
    rules: dict[str, set[str]] = {}
    for one in parts:
        if own := one.acknowledge.partition(" · ")[0]:
            rules.setdefault(own.partition("/")[0], set()).add(own)
    exact = [rule if others else first for rule, (first, *others) in rules.items()]
    whole = next((typed for each in (exact, rules) if len(typed := "; ".join(each)) <= COMMAND), "")
    return whole or next((rule for rule in rules if len(rule) <= COMMAND), "")


def _said(parts: tuple[Part, ...]) -> tuple[str, str]:
    """Of one alert all: what stands before the command, and what after it. Of several their names."""
    if len(parts) == 1:
        (one,) = parts
        page = cut(one.runbook.rpartition("/")[2], 60) if not one.over else ""
        told = f" - {cut(one.description, 260)}" if one.description else ""
        return f"{one.tag}: {one.name}", told + (f" (runbook {page})" if page else "")
    more = [f"+{len(parts) - 3}"] if len(parts) > 3 else []
    return "; ".join([cut(f"{each.tag}: {each.name}", 80) for each in parts[:3]] + more), ""
