"""What a JSON object says besides its level, in the guide's words, whichever names its maker chose."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from dropmon.logs.entry import Entry
from dropmon.logs.formats import times
from dropmon.logs.formats.document import Document, first
from dropmon.logs.formats.keys import KNOWN, LENT, PLACES, ROLES, SECONDS, STACKS

_LENT = frozenset(LENT)
_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|m)?\s*", re.ASCII)
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
_PATH = re.compile(r"/functions/v1/([\w-]+)", re.ASCII)


class Found(NamedTuple):
    """What stands under the best key of a role."""

    rank: int
    key: str
    value: Any


def gathered(doc: Document) -> dict[str, Found]:
    """For each role the value under the first of its keys that has one.

    >>> gathered({"msg": "b", "message": "a", "requestId": None})
    {'message': Found(rank=0, key='message', value='a')}
    """
    found: dict[str, Found] = {}
    for key, value in doc.items():
        place = PLACES.get(key)
        if place and value is not None and value != "":
            role, rank = place
            if role not in found or rank < found[role].rank:
                found[role] = Found(rank, key, value)
    return found


def described(doc: Document) -> Entry:
    """An object's own words, without its level and its raw bytes."""
    found = gathered(doc)
    if not _LENT.isdisjoint(doc):
        found = _borrowed(doc, found)
    message = _message(doc, found.get("message"))
    context, kind = doc.get("context"), doc.get("type")
    return Entry(
        raw=b"",
        time=_time(doc, found.get("time")),
        message=message,
        service=name(found.get("service")),
        function=_function(doc, message, found.get("function")),
        request=name(found.get("request")),
        user=name(found.get("user")),
        duration=_duration(found.get("duration")),
        status=_status(found.get("status")),
        context=context if isinstance(context, dict) else {key: doc[key] for key in doc if key not in KNOWN},
        trace=trace(found["trace"].value) if "trace" in found else "",
        fields=doc,
        id=name(found.get("id")),
        kind=kind if kind in ("metric", "error") else name(found.get("kind")),
    )


def _borrowed(doc: Document, found: dict[str, Found]) -> dict[str, Found]:
    """What is found, and what only the objects inside say."""
    lent = dict(found)
    for key, roles in LENT.items():
        inner = first(doc.get(key)) if key in doc else {}
        for role, each in gathered(inner).items() if inner else ():
            if role in roles:
                lent.setdefault(role, each)
        for stack in STACKS if key == "context" else ():
            if (lines := gathered(first(inner.get(stack))).get("trace")) is not None:
                lent.setdefault("trace", lines)
    return lent


def _message(doc: Document, found: Found | None) -> str:
    if found is None:
        error = doc.get("error")
        return error if isinstance(error, str) else ""
    return words(found.value)


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

    >>> name(Found(0, "service", {"name": "drop-api"})), name(Found(0, "status", 200)), name(Found(0, "user", []))
    ('drop-api', '200', None)
    """
    value = found.value if found else None
    if isinstance(value, dict):
        value = value.get("name", value.get("id"))
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _status(found: Found | None) -> str | None:
    """A status; -1 in a row of `vercel logs` means that there was no response."""
    return None if found and found.key == "responseStatusCode" and found.value == -1 else name(found)


def _time(doc: Document, found: Found | None) -> float | None:
    if found is None:
        return None
    stamp = times.stamp(found.value)
    if stamp is None:
        stamps = (times.stamp(doc[key]) for key in ROLES["time"] if key in doc)
        return next((each for each in stamps if each is not None), None)
    return stamp


def _function(doc: Document, message: str, found: Found | None) -> str | None:
    """The function's name; of a row of the edge gateway the one in its path, before any id."""
    if found and not found.key.endswith("_id"):
        return name(found)
    path = doc.get("requestPath") or first(doc.get("log_attributes")).get("request.pathname") or message
    route = _PATH.search(path) if isinstance(path, str) and "/functions/v1/" in path else None
    return route[1] if route else name(found)


def _duration(found: Found | None) -> float | None:
    """Seconds: of a number in its key's unit, of '12ms' in its own."""
    if found is None:
        return None
    return span(found.value, SECONDS[found.key])


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
    return trace(inner.value) if inner and inner.value is not value else ""
