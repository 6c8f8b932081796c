"""What a JSON object says besides its level, in the guide's words, whichever names its maker chose."""

from __future__ import annotations

import re
from typing import Any

from dropmon.logs.entry import Entry
from dropmon.logs.formats import times
from dropmon.logs.formats.document import Document, first
from dropmon.logs.formats.keys import KNOWN, LENT, MARKS, PLACES, ROLES, SECONDS, STACKS
from dropmon.logs.level import Level

_LENT = frozenset(LENT)
_MARKS = frozenset(MARKS)
_STACKS = frozenset(STACKS)
_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|m)?\s*", re.ASCII)
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
_PATH = re.compile(r"/functions/v1/([\w-]+)", re.ASCII)


Found = tuple[int, str, Any]
"""The rank, the key and the value of the best key of a role: plain, for there are ten a line."""


def gathered(doc: Document) -> dict[str, Found]:
    """For each role the value under the first of its keys that has one.

    >>> gathered({"msg": "b", "message": "a", "requestId": None})
    {'message': (0, 'message', 'a')}
    """
    found: dict[str, Found] = {}
    for key, value in doc.items():
        place = PLACES.get(key)
        if place and value is not None and value != "":
            role, rank = place
            if role not in found or rank < found[role][0]:
                found[role] = (rank, key, value)
    return found


def described(doc: Document, raw: bytes = b"", level: Level = Level.UNKNOWN, tail: str = "") -> Entry:
    """An object's own words as an entry; what follows it in its block is its trace if it has no other."""
    found = gathered(doc)
    if not _LENT.isdisjoint(doc):
        found = _borrowed(doc, found)
    get = found.get
    message = _message(doc, get("message"))
    context, kind, lines = doc.get("context"), doc.get("type"), get("trace")
    return Entry(
        raw,
        level,
        _time(doc, get("time")),
        message,
        name(get("service")),
        _function(doc, message, get("function")),
        name(get("request")),
        name(get("user")),
        _duration(get("duration")),
        _status(get("status")),
        context if isinstance(context, dict) else {key: doc[key] for key in doc if key not in KNOWN},
        (trace(lines[2]) if lines else "") or tail,
        doc,
        name(get("id")) if not _MARKS.isdisjoint(doc) else None,
        kind if kind == "metric" or kind == "error" else name(get("kind")),
    )


def _borrowed(doc: Document, found: dict[str, Found]) -> dict[str, Found]:
    """What is found, and what only the objects inside say."""
    lent = dict(found)
    for key in LENT:
        inner = first(doc[key]) if key in doc else None
        if not inner:
            continue
        for role, each in gathered(inner).items():
            if role in LENT[key]:
                lent.setdefault(role, each)
        if key == "context" and not _STACKS.isdisjoint(inner):
            for stack in STACKS:
                if lines := gathered(first(inner.get(stack))).get("trace"):
                    lent.setdefault("trace", lines)
    return lent


def _message(doc: Document, found: Found | None) -> str:
    if found is None:
        error = doc.get("error")
        return error if isinstance(error, str) else ""
    return words(found[2])


def words(value: Any) -> str:
    """A value as words: text as it is, anything else as JSON.

    >>> words("a"), words({"a": 1}), words(None)
    ('a', '{"a":1}', '')
    """
    if isinstance(value, str) or value is None:
        return value or ""
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def name(found: Found | None) -> str | None:
    """A name, an id or a status as text; of an object its name or id.

    >>> name((0, "service", {"name": "drop-api"})), name((0, "status", 200)), name((0, "user", []))
    ('drop-api', '200', None)
    """
    if found is None:
        return None
    value = found[2]
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        value = value.get("name", value.get("id"))
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _status(found: Found | None) -> str | None:
    """A status; -1 in a row of `vercel logs` means that there was no response."""
    return None if found and found[1] == "responseStatusCode" and found[2] == -1 else name(found)


def _time(doc: Document, found: Found | None) -> float | None:
    if found is None:
        return None
    stamp = times.stamp(found[2])
    if stamp is None:
        stamps = (times.stamp(doc[key]) for key in ROLES["time"] if key in doc)
        return next((each for each in stamps if each is not None), None)
    return stamp


def _function(doc: Document, message: str, found: Found | None) -> str | None:
    """The function's name; of a row of the edge gateway the one in its path, before any id."""
    if found is None and "requestPath" not in doc and "/functions/v1/" not in message and "log_attributes" not in doc:
        return None
    if found and not found[1].endswith("_id"):
        return name(found)
    path = doc.get("requestPath") or first(doc.get("log_attributes")).get("request.pathname") or message
    route = _PATH.search(path) if isinstance(path, str) and "/functions/v1/" in path else None
    return route[1] if route else name(found)


def _duration(found: Found | None) -> float | None:
    """Seconds: of a number in its key's unit, of '12ms' in its own."""
    if found is None:
        return None
    return span(found[2], SECONDS[found[1]])


def span(value: Any, unit: float) -> float | None:
    """Seconds of a number in a unit (given in seconds), or of a text with a unit of its own.

    >>> span(812, 1e-3), span("12 ms", 1.0), span("1.5", 1.0), span(True, 1.0), span("soon", 1.0), span(-1, 1.0)
    (0.812, 0.012, 1.5, None, None, None)
    """
    if isinstance(value, str):
        found = _SPAN.fullmatch(value)
        return float(found[1]) * _UNITS.get(found[2], unit) if found else None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e18:
        return value * unit
    return None


def trace(value: Any) -> str:
    """A stack trace as lines: text, a list of lines, or an object that holds one.

    >>> trace(["a", "b"]), trace({"type": "E", "stack": "at f"}), trace(True)
    ('a\\nb', 'at f', '')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(words(each) for each in value)
    inner = gathered(value).get("trace") if isinstance(value, dict) else None
    return trace(inner[2]) if inner and inner[2] is not value else ""
