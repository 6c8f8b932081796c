"""A timeline, line by line, for people and for programs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dropmon.incidents.incident import Event, Kind
from dropmon.incidents.policy import Asked
from dropmon.model import moment
from dropmon.output.table import Row

OURS = "dropmon"
ASKED: Mapping[str, str] = {
    Asked.ACKNOWLEDGE: "to be taken", Asked.INVESTIGATE: "to be looked into", Asked.COMMUNICATE: "users to be told",
    Asked.UPDATE: "users to be told more", Asked.ESCALATE: "to be resolved", Asked.CLOSE: "to be resolved",
    Asked.POSTMORTEM: "post-mortem to be written",
}  # fmt: skip


def lines(recorded: Iterable[tuple[Event, float]]) -> list[Row]:
    """Events, and when they were written down, in the order in which they happened."""
    return [
        {
            "at": moment(event.at),
            "recorded": moment(when),
            "kind": event.kind.value,
            "author": event.author or OURS,
            "text": said(event),
        }
        for event, when in sorted(recorded, key=lambda pair: pair[0].at)
    ]


def said(event: Event) -> str:
    """What an event says, in a line.

    >>> said(Event(Kind.MERGED, 0.0, "bob", "the same", {"into": 3}))
    'into incident 3: the same'
    >>> said(Event(Kind.FIRED, 0.0, "", "close", {"obligation": "close.2", "due": 0.0, "told": ["slack"]}))
    'to be resolved by 1970-01-01T00:00:00Z (to: slack)'
    """
    if event.kind in {Kind.JOINED, Kind.RECOVERED}:
        return f"{event.text} ({event.body['key']})"
    if event.kind is Kind.FIRED:
        who = f": {event.body['target']} is called" if event.body.get("target") else ""
        return f"{ASKED[event.text]} by {moment(round(event.body['due']))}{who}{_told(event.body)}"
    told = SAID[event.kind](event.body) if event.kind in SAID else ""
    return ": ".join(filter(None, [told, event.text]))


def _told(body: Mapping[str, Any]) -> str:
    return f" (to: {', '.join(body['told'])})" if body.get("told") else ""


def _communicated(body: Mapping[str, Any]) -> str:
    return str(body["state"])


def _level(body: Mapping[str, Any]) -> str:
    return f", which makes it {body['level']}{_told(body)}" if body.get("level") else ""


def _resolved(body: Mapping[str, Any]) -> str:
    return f"again, after {', '.join(map(str, body['earlier']))}" if body.get("recurrent") else ""


def _step(body: Mapping[str, Any]) -> str:
    argv = body.get("argv")
    words = " ".join(map(str, argv)) if isinstance(argv, list | tuple) else str(argv or "")
    code = f"exit {body['exit_code']}" if body.get("exit_code") is not None else ""
    return " → ".join(filter(None, [words, code]))


SAID: Mapping[Kind, Callable[[Mapping[str, Any]], str]] = {
    Kind.OPENED: lambda body: str(body["policy"]["level"]) + _told(body),
    Kind.ASSIGNED: lambda body: f"to {body['person']}",
    Kind.SEVERITY: lambda body: f"{body['before']} → {body['policy']['level']}{_told(body)}",
    Kind.ESCALATED: lambda body: f"to {body['target']}{_told(body)}",
    Kind.COMMUNICATED: _communicated,
    Kind.RESOLVED: _resolved,
    Kind.STEP: _step,
    Kind.MERGED: lambda body: f"into incident {body['into']}",
    Kind.ABSORBED: lambda body: f"incident {body['number']}, {body['title']}" + _level(body),
}
