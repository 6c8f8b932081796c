"""The document that is written afterwards: what is on record is filled in, what only people know is marked TODO.

Headings as in the SRE book's template (sre.google/sre-book/example-postmortem).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

from dropmon import model
from dropmon.incidents import measure
from dropmon.incidents.aftermath import WORDS
from dropmon.incidents.incident import Event, Incident, Kind
from dropmon.incidents.policy import Asked
from dropmon.incidents.timeline import said
from dropmon.output.harmless import clean
from dropmon.units import human_duration

TODO = "TODO"
NOBODY = frozenset({Kind.JOINED, Kind.RECOVERED, Kind.FIRED})


class Writer(NamedTuple):
    """For whom it is written."""

    platform: str = ""
    language: str = "en"
    zone: tzinfo | None = None
    who: Callable[[str, float], str] = lambda channel, at: ""  # who was behind a channel of people at a time

    def say(self, word: str, **parts: object) -> str:
        return WORDS[self.language][word].format(**parts)

    def time(self, at: float) -> str:
        form = "%d/%m/%Y %H:%M:%S %Z" if self.language == "fr" else "%Y-%m-%d %H:%M:%S %Z"
        return datetime.fromtimestamp(at, UTC).astimezone(self.zone).strftime(form)

    def lasted(self, seconds: float | None) -> str:
        return self.say("never") if seconds is None else human_duration(max(0.0, round(seconds)))


def document(
    incident: Incident, events: Sequence[Event], deployed: Sequence[model.Event], earlier: Sequence[int], writer: Writer
) -> str:
    """The post-mortem as Markdown."""
    say = writer.say
    parts = [
        ("", _head(incident, events, writer)),
        (say("summary"), [f"{TODO}: {say('summary_todo')}"]),
        (say("impact"), _impact(incident, writer)),
        (say("causes"), [f"{TODO}: {say('causes_todo')}"]),
        (say("trigger"), _trigger(deployed, writer)),
        (say("resolution"), _resolution(incident, events, writer)),
        (say("detection"), _detection(incident, events, writer)),
        (say("alerts"), _alerts(incident, writer)),
        (say("actions"), _actions(incident, writer)),
        (say("lessons"), _lessons(writer)),
        (say("timeline"), _timeline(events, writer)),
        (say("more"), _more(incident, earlier, writer)),
    ]
    text = "\n\n".join("\n".join([f"## {title}", "", *lines] if title else lines) for title, lines in parts)
    return f"# {say('title', number=incident.number, title=cell(incident.title))}\n\n{text}\n"


def people(events: Iterable[Event]) -> list[str]:
    """Who did anything, in the order in which they did it first."""
    return [*dict.fromkeys(each.author for each in events if each.author and each.kind not in NOBODY)]


def unfinished(text: str) -> list[int]:
    """The lines of a document on which a TODO is left, counted from 1.

    >>> unfinished("# x\\nTODO: why\\nno TODOs here\\n| TODO |")
    [2, 4]
    """
    return [number for number, line in enumerate(text.splitlines(), 1) if re.search(rf"\b{TODO}\b", line)]


def cell(text: str) -> str:
    """Words from anywhere, harmless in Markdown and within a table.

    >>> cell("a|b <script>"), cell("x\\ny")
    ('a\\\\|b &lt;script&gt;', 'x y')
    """
    text = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|])", r"\\\1", text).replace(TODO, "To-do")


def _head(incident: Incident, events: Sequence[Event], writer: Writer) -> list[str]:
    ended = incident.resolved
    who = ", ".join(map(cell, people(events)))
    facts = {
        "level": writer.say(incident.level.value),
        "date": writer.time(incident.opened),
        "status": writer.say("draft") if incident.written is None else writer.say("final"),
        "authors": who or TODO,
        "lasted": writer.lasted(None if ended is None else ended - incident.opened),
        "taken": writer.lasted(measure.to_acknowledge(incident)),
        "solved": writer.lasted(measure.to_resolve(incident)),
    }
    return [f"- **{writer.say(name)}**: {text}" for name, text in facts.items()]


def _impact(incident: Incident, writer: Writer) -> list[str]:
    lines = [cell(incident.impact)] if incident.impact else [f"{TODO}: {writer.say('impact_todo')}"]
    if incident.affected:
        lines.append(f"{writer.say('affected')}: {', '.join(map(cell, incident.affected))}")
    ended = writer.time(incident.resolved) if incident.resolved is not None else "…"
    return [*lines, writer.say("span", start=writer.time(incident.opened), end=ended)]


def _trigger(deployed: Sequence[model.Event], writer: Writer) -> list[str]:
    lines = [f"{TODO}: {writer.say('trigger_todo')}", "", writer.say("deployed")]
    found = [
        f"- {writer.time(each.at)} · {cell(each.source)} · {cell(each.title)} {cell(each.state)}".rstrip()
        for each in deployed
    ]
    return [*lines, "", *(found or [f"- {writer.say('nothing_deployed')}"])]


def _resolution(incident: Incident, events: Sequence[Event], writer: Writer) -> list[str]:
    words = [each.text for each in events if each.kind is Kind.RESOLVED and each.text]
    ran = (each for each in events if each.kind is Kind.STEP and each.body.get("exit_code") is not None)
    steps = [f"- {cell(said(each._replace(text=stepped(each, writer))))}" for each in ran]
    own = [cell(words[-1])] if words else [f"{TODO}: {writer.say('resolution_todo')}"]
    return [*own, *(["", writer.say("steps"), "", *steps] if steps else [])]


def _detection(incident: Incident, events: Sequence[Event], writer: Writer) -> list[str]:
    first = incident.members[0] if incident.members else None
    if incident.author or first is None:
        return [writer.say("by_hand", who=cell(incident.author))]
    return [writer.say("by_alert", alert=cell(first.name), key=cell(first.key), time=writer.time(first.fired))]


def _alerts(incident: Incident, writer: Writer) -> list[str]:
    if not incident.members:
        return [writer.say("no_alerts")]
    head = [f"| {' | '.join(map(writer.say, ('alert', 'severity', 'from', 'to')))} |", "|---|---|---|---|"]
    rows = [
        f"| {cell(each.name)} | {writer.say(each.severity)} | {writer.time(each.fired)} | "
        f"{writer.time(each.ended) if each.ended is not None else writer.say('firing')} |"
        for each in incident.members
    ]
    return [*head, *rows]


def _actions(incident: Incident, writer: Writer) -> list[str]:
    head = [f"| {' | '.join(map(writer.say, ('action', 'kind', 'owner', 'due')))} |", "|---|---|---|---|"]
    owner = cell(incident.holder or incident.resolver) or TODO
    return [*head, *(f"| {TODO}: {writer.say(f'{kind}_todo')} | {writer.say(kind)} | {owner} | {TODO} |"
                     for kind in ("mitigate", "prevent", "process"))]  # fmt: skip


def _lessons(writer: Writer) -> list[str]:
    parts = ([f"### {writer.say(name)}", "", f"- {TODO}", ""] for name in ("well", "wrong", "lucky"))
    return [line for part in parts for line in part][:-1]


def _timeline(events: Sequence[Event], writer: Writer) -> list[str]:
    head = [f"| {' | '.join(map(writer.say, ('time', 'what', 'who')))} |", "|---|---|---|"]
    rows = (
        f"| {writer.time(each.at)} | {_what(each, writer)} | {cell(each.author) or 'dropmon'} |"
        for each in sorted(events, key=lambda one: one.at)
    )
    return [*head, *rows]


def _what(event: Event, writer: Writer) -> str:
    """What an event was, in the language of the document."""
    body, say = event.body, writer.say
    own = {
        Kind.FIRED: lambda: f"{say(f'asked_{event.text}')}, {writer.time(body['due'])}",
        Kind.ESCALATED: lambda: _who(body["target"], writer),
        Kind.ASSIGNED: lambda: str(body["person"]),
        Kind.SEVERITY: lambda: f"{say(body['before'])} → {say(body['policy']['level'])}",
        Kind.COMMUNICATED: lambda: say(f"public_{body['state']}"),
        Kind.MERGED: lambda: str(body["into"]),
        Kind.ABSORBED: lambda: f"{body['number']}, {body['title']}",
        Kind.STEP: lambda: said(event._replace(text=stepped(event, writer))),
    }.get(event.kind, str)()
    words = "" if event.kind in {Kind.FIRED, Kind.STEP} else event.text
    return ": ".join(filter(None, [say(f"event_{event.kind.value}"), cell(own), cell(words)])) + _called(event, writer)


def stepped(event: Event, writer: Writer) -> str:
    """What a runbook did, in the language of the document; the reason is as the command said it."""
    name, number, end = (event.body.get(key, "") for key in ("runbook", "step", "end"))
    if not number:
        return writer.say("runbook_begun", runbook=name) if name else event.text
    word = f"end_{end}".replace(" ", "_")
    if word not in WORDS[writer.language]:  # of another version
        return event.text
    told = writer.say(word, lasted=human_duration(round(event.body.get("seconds", 0.0), 1)))
    return writer.say("step", runbook=name, step=number, end=": ".join(filter(None, [told, event.body.get("why", "")])))


def _called(event: Event, writer: Writer) -> str:
    """Who was called, and through which channel."""
    told = () if event.kind is Kind.ABSORBED else event.body.get("told", ())  # those knew of the other
    names = [(writer.who(channel, event.at), channel) for channel in told]
    said = ", ".join(f"{name} ({channel})" if name else channel for name, channel in names)
    return f" → {cell(said)}" if said else ""


def _who(target: str, writer: Writer) -> str:
    return writer.say(f"target_{target}") if target in {"backup", "everyone"} else target


def _more(incident: Incident, earlier: Sequence[int], writer: Writer) -> list[str]:
    late = sum(each.kind is Asked.ESCALATE and each.fired is not None for each in incident.asked)
    again = [writer.say("again", numbers=", ".join(map(str, earlier)))] if earlier else [writer.say("first_time")]
    runbook = [f"Runbook: {cell(incident.runbook)}"] if incident.runbook else []
    return [f"- {line}" for line in (*again, writer.say("escalations", count=late), *runbook)]
