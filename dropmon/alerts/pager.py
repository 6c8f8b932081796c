"""Channels that are people: each by their own phone, mail and Slack, with the credentials that the rules have."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from dropmon.alerts.channel import Channel, Given, Letter, compact
from dropmon.alerts.delivery import Delivery, refused
from dropmon.alerts.notification import Notification, Phase, Reason

if TYPE_CHECKING:
    from datetime import tzinfo

    from dropmon.alerts.message import Voice

PHONE, MAIL, FUNCTION, SLACK = ("twilio", "sms"), ("smtp", "email"), ("supabase-function",), ("slack",)


class Person(Protocol):
    """Somebody of `oncall:` (dropmon.oncall.roster)."""

    @property
    def name(self) -> str: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def email(self) -> str | None: ...
    @property
    def slack(self) -> str | None: ...
    @property
    def zone(self) -> tzinfo | None: ...


class Way(NamedTuple):
    """One way to one person."""

    kind: str  # phone, slack, mail
    address: str
    channel: Channel  # that speaks to them alone
    zone: tzinfo | None = None  # where they live

    def letters(self, notification: Notification, voice: Voice) -> Iterator[Letter]:
        """What goes to them, if the channel takes it, with times by their own clock."""
        whole = self.channel.takes(notification)
        voice = voice._replace(zone=self.zone) if self.zone and self.kind != "slack" else voice
        for letter in self.channel.letters(whole, voice) if whole else ():
            what = mentioning(letter.what, self.address) if self.kind == "slack" else letter.what
            yield Letter(f"{self.kind}:{self.address}", (self.channel, what))


class Pager(Channel):
    """People. Of several lines the first that has a way for what is to be told is told."""

    repeatable: ClassVar[bool] = False  # an SMS is not, and is asked for
    apart: ClassVar[bool] = True

    lines: Any = ()  # of ways
    why: str = ""  # the first line is not told, when another is
    begun: float = 0.0  # when somebody else's turn ended, in seconds since 1970

    @property
    def since(self) -> float:
        return self.begun

    def letters(self, notification: Notification, voice: Voice) -> list[Letter]:
        for number, line in enumerate(self.lines):
            told = self._instead(notification) if number else notification
            letters = {letter.to: letter for way in line for letter in way.letters(told, voice)}
            if letters or (line and over(notification)):
                return [*letters.values()]
        return [Letter("nobody", None)]

    def send(self, letter: Letter, at: float) -> Delivery:
        if letter.what is None:
            return refused("no channel of theirs takes it: see `severities`")
        channel, what = letter.what
        done: Delivery = channel.send(letter._replace(what=what, to=_bare(letter)), at)
        return done._replace(after=0.0)  # one server that asks for patience must not keep the others waiting

    def arrived(self, letter: Letter, since: float) -> bool | None:
        if letter.what is None:  # to nobody
            return False
        channel, what = letter.what
        return channel.arrived(letter._replace(what=what, to=_bare(letter)), since) if not channel.repeatable else False

    def known_to(self) -> str:
        line = next((line for line in self.lines if line), ())
        return ", ".join(dict.fromkeys(way.address for way in line))

    def _instead(self, notification: Notification) -> Notification:
        if notification.fallback_of or not self.why:
            return notification
        return notification._replace(fallback_of=notification.channel, failure=self.why)


def pager(name: str, lines: Sequence[Sequence[Way]], why: str, begun: float = 0.0) -> Channel:
    """A channel to the first of some lines; it says no more in an hour than its phones may: each of them costs one."""
    first: Sequence[Way] = next((line for line in lines if line), ())
    limits = [way.channel.limit for way in first if way.kind == "phone" and way.channel.limit]
    limit = (Fraction(max(1, int(limits[0][0]) // len(limits))), limits[0][1]) if limits else None
    slowest = max((way.channel.timeout for line in lines for way in line), default=30.0)
    return Pager.model_construct(  # nothing of it is written by people
        lines=tuple(map(tuple, lines)), why=why, begun=begun, limit=limit, timeout=slowest
    )


def ways(person: Person, given: Mapping[str, Given]) -> tuple[Way, ...]:
    """How somebody can be reached: by what they have, through the first channel of the rules that can be used.

    Mail goes through a server of one's own before it goes through the platform, which may be what is down.
    """
    found = (
        ("phone", person.phone, (PHONE,)), ("slack", person.slack, (SLACK,)), ("mail", person.email, (MAIL, FUNCTION)),
    )  # fmt: skip
    return tuple(
        Way(kind, address, channel if kind == "slack" else channel.model_copy(update={"to": (address,)}), person.zone)
        for kind, address, types in found
        if address and (channel := _usable(given, types))
    )


def mentioning(request: Any, member: str) -> Any:
    """A message to Slack that calls a member by name."""
    body = json.loads(request.body)
    body |= {"text": f"<@{member}> {body['text']}", "mrkdwn": True}
    return request._replace(body=compact(body))


def over(notification: Notification) -> bool:
    """Whether nothing in it is wrong any more: what nobody was told of needs no second line."""
    own = notification.alerts
    return notification.reason is not Reason.TEST and all(alert.phase is Phase.RESOLVED for alert in own)


def _usable(given: Mapping[str, Given], types: Sequence[Sequence[str]]) -> Channel | None:
    own = [one.channel for one in given.values() if one.channel]
    return next((one for wanted in types for one in own if getattr(one, "type", "") in wanted), None)


def _bare(letter: Letter) -> str:
    return letter.to.partition(":")[2]


__all__ = ["Pager", "Way", "mentioning", "pager", "ways"]
