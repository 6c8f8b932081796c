"""What a notification says, in the words of a language: short and harmless, for every channel to lay out. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from dropmon import units
from dropmon.alerts.escape import plain
from dropmon.alerts.notification import Alert, Notification, Phase, Reason, Severity
from dropmon.alerts.words import WORDS

MOST = 10  # alerts that one message tells of
LATE = 60.0  # seconds up to which nobody needs to be told that a message is late
NAMED = re.compile(r"[\w.=/:@%+,-]{1,200}", re.ASCII)  # what needs no quotes in a shell
COLOURS = {Severity.CRITICAL: 0xD00000, Severity.HIGH: 0xE8590C, Severity.MEDIUM: 0xF2A600, Severity.LOW: 0x4A90D9}
OVER, UNCLEAR = 0x2EB886, 0x808080


class Voice(NamedTuple):
    """In which language, and in which zone's time: without one, the machine's."""

    language: str = "en"
    zone: tzinfo | None = None
    pages: str = ""  # where people read runbooks: URL/NAME

    def say(self, word: str) -> str:
        return WORDS[self.language][word]

    def time(self, at: float) -> str:
        """A time for people.

        >>> from zoneinfo import ZoneInfo
        >>> Voice("fr", ZoneInfo("Europe/Paris")).time(1795422060)
        '23/11/2026 09:21 CET'
        """
        form = "%d/%m/%Y %H:%M %Z" if self.language == "fr" else "%Y-%m-%d %H:%M %Z"
        return datetime.fromtimestamp(at, UTC).astimezone(self.zone).strftime(form)

    def number(self, value: float) -> str:
        """
        >>> Voice("fr").number(7.25), Voice().number(80000000.0)
        ('7,25', '80000000')
        """
        text = f"{value:.6g}" if abs(value) < 1e6 or abs(value) >= 1e15 else f"{value:.0f}"
        return text.replace(".", ",") if self.language == "fr" else text


class Part(NamedTuple):
    """One alert, as it is told."""

    key: str  # of the alert
    tag: str  # "CRITICAL", "RESOLVED"
    name: str
    description: str
    facts: tuple[tuple[str, str], ...]  # what and how much
    runbook: str = ""
    link: str = ""  # the runbook's address, when it has one
    acknowledge: str = ""  # the command that says that somebody has it
    colour: int = OVER
    over: bool = False

    @property
    def well(self) -> bool:
        """Whether it is over because it is well."""
        return self.over and self.colour == OVER

    @property
    def title(self) -> str:
        return f"[{self.tag}] {self.name}"


class Message(NamedTuple):
    """One notification, as it is told."""

    id: str
    title: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...]  # that it is late, that another channel failed, how many more there are
    foot: str  # who says so, and when
    colour: int
    at: float  # seconds since 1970
    over: bool  # nothing in it is wrong any more

    @property
    def well(self) -> bool:
        """Whether all is over because it is well."""
        return self.over and all(each.well for each in self.parts)

    @property
    def text(self) -> str:
        """The whole as plain lines."""
        return "\n".join([*self.notes, *([""] if self.notes else []), *_lines(self.parts), "", self.foot])


def message(notification: Notification, voice: Voice, most: int = MOST) -> Message:
    """What a notification says, about its `most` worst alerts."""
    shown = notification.alerts[:most]
    parts = tuple(part(alert, notification, voice) for alert in shown)
    over = bool(parts) and all(each.over for each in parts)
    return Message(
        notification.id,
        _title(notification, parts, voice),
        parts,
        tuple(_notes(notification, len(shown), voice)),
        " · ".join(filter(None, ("dropmon", plain(notification.platform, 80), voice.time(notification.at)))),
        next((each.colour for each in parts if not each.over), parts[0].colour if parts else UNCLEAR),
        notification.at,
        over,
    )


def fitting(notification: Notification, voice: Voice, fits: Callable[[Message], bool], most: int = MOST) -> Message:
    """The message with as many alerts as fit, one at the least."""
    while most > 1 and not fits(message(notification, voice, most)):
        most -= 1
    return message(notification, voice, most)


def part(alert: Alert, notification: Notification, voice: Voice) -> Part:
    """One alert in words."""
    over, unclear = alert.phase is Phase.RESOLVED, alert.phase is Phase.UNKNOWN
    asked = notification.reason is Reason.TEST
    runbook = plain(alert.runbook or "", 300)
    return Part(
        alert.key,
        tag(alert, notification.reason, voice),
        plain(alert.name or alert.rule, 150),
        " ".join(filter(None, [voice.say(alert.closed) if alert.closed else "", plain(alert.description, 500)])),
        tuple(_facts(alert, notification, voice)),
        runbook,
        link(runbook, voice.pages),
        "" if over or unclear or asked else acknowledge(alert),
        OVER if over and not alert.closed else UNCLEAR if over or unclear else COLOURS[alert.severity],
        over,
    )


def tag(alert: Alert, reason: Reason, voice: Voice) -> str:
    """What stands in brackets: how bad it is, or that it is over."""
    if alert.closed:
        return voice.say("closed").upper()
    if alert.phase in (Phase.RESOLVED, Phase.UNKNOWN):
        return voice.say(alert.phase.value).upper()
    word = voice.say(alert.severity.word)
    more = f", {voice.say(reason.value)}" if reason in (Reason.REPEAT, Reason.ESCALATED, Reason.TEST) else ""
    return (word + more).upper()


def acknowledge(alert: Alert) -> str:
    """The command to type; of what cannot be typed safely only the rule, whose alerts are all meant then.

    >>> acknowledge(Alert("api_down", "", Severity.LOW, Phase.FIRING, {"check": "$(x)"}))
    'dropmon alert ack api_down'
    """
    if alert.commands:
        return plain(" · ".join(alert.commands), 300)
    key = alert.key if NAMED.fullmatch(alert.key) else alert.rule
    return f"dropmon alert ack {key}" if NAMED.fullmatch(key) and not key.startswith("-") else ""


def link(runbook: str, pages: str) -> str:
    """Where a runbook is read, if it is on the web.

    >>> link("api-down", "https://ops.example/r/"), link("https://x.example/a", "https://b"), link("api-down", "")
    ('https://ops.example/r/api-down', 'https://x.example/a', '')
    """
    address = runbook if linked(runbook) or not (pages and runbook) else f"{pages.rstrip('/')}/{quote(runbook)}"
    return address if linked(address) else ""


def linked(text: str) -> bool:
    """Whether it is an address that may be made a link.

    >>> linked("https://ops.example/r/1"), linked("api-down"), linked("javascript:alert(1)"), linked("https://a b")
    (True, False, False, False)
    """
    if not re.fullmatch(r"https?://[^\s<>\"'|\\`^{}…•]{1,290}", text):
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


def _title(notification: Notification, parts: tuple[Part, ...], voice: Voice) -> str:
    total = len(notification.alerts)
    if not parts:
        return plain(notification.platform, 80) or "dropmon"
    more = f" (+{total - 1})" if total > 1 else ""
    return plain(parts[0].title, 200) + more


def _notes(notification: Notification, shown: int, voice: Voice) -> list[str]:
    notes = []
    if notification.late >= LATE:
        notes.append(voice.say("late").format(units.human_duration(notification.late)))
    if notification.fallback_of:
        why = plain(notification.failure, 200)
        notes.append(voice.say("instead").format(plain(notification.fallback_of, 60)) + (f" ({why})" if why else ""))
    if notification.reason is Reason.TEST:
        notes.append(voice.say("only_test"))
    if len(notification.alerts) > shown:
        notes.append(voice.say("more").format(len(notification.alerts) - shown))
    return notes


def _facts(alert: Alert, notification: Notification, voice: Voice) -> list[tuple[str, str]]:
    facts = [(voice.say("severity"), voice.say(alert.severity.word))]
    if alert.value is not None:
        facts.append((voice.say("value"), voice.number(alert.value)))
    if alert.condition:
        facts.append((voice.say("condition"), plain(alert.condition, 200)))
    if alert.since:
        facts.append((voice.say("since"), voice.time(alert.since)))
    if alert.ended is not None:
        facts.append((voice.say("ended"), voice.time(alert.ended)))
    until = notification.at if alert.ended is None else alert.ended
    if alert.since and until - alert.since >= 1:
        facts.append((voice.say("lasted"), units.human_duration(until - alert.since)))
    if alert.labels:
        said = [f"{plain(name, 60)}={plain(value, 80)}" for name, value in sorted(alert.labels.items())[:10]]
        facts.append((voice.say("labels"), plain(", ".join(said), 300)))
    if alert.flaps > 1:
        facts.append((voice.say("flaps"), str(alert.flaps)))
    return facts


def _lines(parts: tuple[Part, ...]) -> list[str]:
    lines: list[str] = []
    for each in parts:
        lines += [""] if lines else []
        lines.append(each.title)
        lines += [each.description] if each.description else []
        lines += [f"  {name}: {value}" for name, value in each.facts]
        link = [each.link] if each.link not in ("", each.runbook) else []
        lines += [f"  Runbook: {' '.join([each.runbook, *link])}"] if each.runbook else []
        lines += [f"  → {each.acknowledge}"] if each.acknowledge else []
    return lines
