"""What users are told: impact first, in their words, no causes and nothing of the inside, and when they hear more.

The sentences of the states are Statuspage's own (support.atlassian.com/statuspage, incident templates).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from email.utils import format_datetime
from enum import StrEnum
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from dropmon.incidents.incident import Event, Incident, Kind, State
from dropmon.incidents.policy import Level
from dropmon.incidents.public import SENTENCES, WORDS
from dropmon.model import moment
from dropmon.output.harmless import clean


class Public(StrEnum):
    """Where an incident stands, as users are told."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


COMPONENTS = {Level.CRITICAL: "major_outage", Level.MAJOR: "partial_outage", Level.MINOR: "degraded_performance"}


class Reader(NamedTuple):
    """Who reads it: of which platform, in which language and zone."""

    platform: str = ""
    language: str = "en"
    zone: tzinfo | None = None
    url: str = ""

    def say(self, word: str, **parts: str) -> str:
        return WORDS[self.language][word].format(**parts)

    def time(self, at: float) -> str:
        """
        >>> Reader(language="fr", zone=UTC).time(1795422060)
        '23/11/2026 08:21 UTC'
        """
        form = "%d/%m/%Y %H:%M %Z" if self.language == "fr" else "%Y-%m-%d %H:%M %Z"
        return datetime.fromtimestamp(at, UTC).astimezone(self.zone).strftime(form)


class Update(NamedTuple):
    """One thing that users are told. Times in seconds since 1970."""

    at: float
    state: Public
    text: str  # '' says what is usual, in the language of whoever reads it
    next: float | None = None


class Page(NamedTuple):
    """All that users are told of an incident."""

    number: int
    title: str
    level: Level
    impact: str
    affected: tuple[str, ...]
    opened: float
    resolved: float | None
    updates: tuple[Update, ...]  # the latest first

    @property
    def state(self) -> Public:
        return self.updates[0].state


def public(incident: Incident) -> Public:
    """What users are told when nobody says otherwise. That it is over they are told when it is: see `Incident.merged`.

    >>> from dropmon.incidents.policy import Policy
    >>> public(Incident(1, "", Policy(Level.MINOR), 0.0)).value
    'investigating'
    """
    if incident.state is State.RESOLVED:
        return Public.RESOLVED
    return Public(incident.said) if incident.said not in {"", Public.RESOLVED} else Public.INVESTIGATING


def told(events: Iterable[Event]) -> list[Update]:
    """What users were told so far, also of what was merged into it, the latest first."""
    said: list[Mapping[str, Any]] = []
    for each in events:
        said += each.body.get("updates", ()) if each.kind is Kind.ABSORBED else ()
        said += [{**each.body, "at": each.at, "text": each.text}] if each.kind is Kind.COMMUNICATED else []
    found = [Update(each["at"], Public(each["state"]), each["text"], each.get("next")) for each in said]
    return sorted(found, key=lambda each: -each.at)


def page(
    incident: Incident, updates: Sequence[Update], reader: Reader, impact: str = "", affected: Sequence[str] = ()
) -> Page:
    """What stands on the status page. Nothing of it comes from alerts, whose names are of the inside."""
    where = tuple(map(clean, affected or incident.affected))
    what = ", ".join(where) or clean(reader.platform) or reader.say("service")
    title = reader.say(f"title_{incident.level.value}", what=what)
    words = impact or incident.impact or reader.say(f"impact_{incident.level.value}", what=what)
    said = tuple(each._replace(text=each.text or SENTENCES[reader.language][each.state.value]) for each in updates)
    return Page(incident.number, title, incident.level, words, where, incident.opened, incident.resolved, said)


def markdown(page: Page, reader: Reader) -> str:
    """The page as Markdown, with front matter as cState reads it (docs.cstate.dev)."""
    severity = {Level.CRITICAL: "down", Level.MAJOR: "disrupted", Level.MINOR: "notice"}[page.level]
    ended = page.updates[0].at if page.resolved is None else page.resolved
    over = {"resolvedWhen": moment(ended)} if page.state is Public.RESOLVED else {}
    front = {
        "title": page.title, "date": moment(page.opened), "resolved": bool(over),
        **over,
        "severity": severity, "affected": [*page.affected], "section": "issue",
    }  # fmt: skip
    lines = ["---", *(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in front.items()), "---", ""]
    lines += [f"**{reader.say('impact')}** {_inline(page.impact)}", ""]
    if page.affected:
        lines += [f"**{reader.say('affected')}** {_inline(', '.join(page.affected))}", ""]
    for each in page.updates:
        lines += [f"**{reader.say(each.state.value)}** · {reader.time(each.at)}", "", _inline(each.text), ""]
    if (next_at := page.updates[0].next) and not over:
        lines += [f"*{reader.say('next', time=reader.time(next_at))}*", ""]
    return "\n".join(lines)


def _inline(text: str) -> str:
    """Words of people, without markup, scripts or mentions in them.

    >>> _inline("<script>x</script> [a](b)")
    '&lt;script&gt;x&lt;/script&gt; \\\\[a\\\\](b)'
    """
    safe = escape(clean(text))
    return re.sub(r"([\\`*_\[\]#|~])", r"\\\1", safe)


def as_json(page: Page) -> dict[str, Any]:
    """The page for programs, with Statuspage's names for states and components."""
    over = page.state is Public.RESOLVED
    return {
        "id": page.number,
        "name": clean(page.title),
        "status": page.state.value,
        "impact": {Level.CRITICAL: "critical", Level.MAJOR: "major", Level.MINOR: "minor"}[page.level],
        "description": clean(page.impact),
        "component_status": "operational" if over else COMPONENTS[page.level],
        "affected": [clean(each) for each in page.affected],
        "started_at": moment(page.opened),
        "resolved_at": moment(page.resolved) if page.resolved is not None else None,
        "next_update_at": moment(page.updates[0].next) if page.updates[0].next and not over else None,
        "incident_updates": [
            {"status": each.state.value, "body": clean(each.text), "created_at": moment(each.at)}
            for each in page.updates
        ],
    }


def rss(page: Page, reader: Reader) -> str:
    """The page as RSS 2.0 (rssboard.org/rss-specification): an item each update."""
    link = f"<link>{escape(reader.url)}</link>" if reader.url else "<link>about:blank</link>"
    channel: Mapping[str, str] = {
        "title": reader.say("feed", what=reader.platform or reader.say("service")), "description": page.title,
        "language": reader.language,
    }  # fmt: skip
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8"?>', '<rss version="2.0"><channel>',
        *(f"<{name}>{escape(clean(text))}</{name}>" for name, text in channel.items()), link,
        *(_item(page, each, reader) for each in page.updates), "</channel></rss>", "",
    ])  # fmt: skip


def _item(page: Page, one: Update, reader: Reader) -> str:
    more = f" {reader.say('next', time=reader.time(one.next))}" if one.next and one is page.updates[0] else ""
    body = f"{page.impact} {one.text}{more}"
    when = format_datetime(datetime.fromtimestamp(one.at, UTC))
    title = f"{reader.say(one.state.value)} – {page.title}"
    guid = f"dropmon-incident-{page.number}-{int(one.at * 1000)}"
    return (
        f"<item><title>{escape(clean(title))}</title><description>{escape(clean(body))}</description>"
        f'<pubDate>{when}</pubDate><guid isPermaLink="false">{guid}</guid></item>'
    )
