"""Where a value of an entry stands: a name of the guide's, or a dotted path into what the application wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dropmon.logs.entry import Entry
from dropmon.logs.level import Level

Finder = Callable[[Entry], object]

OWN: dict[str, Finder] = {
    "time": lambda entry: entry.time,
    "level": lambda entry: entry.level if entry.level is not Level.UNKNOWN else None,
    "duration": lambda entry: entry.duration,
    "trace": lambda entry: entry.trace or None,
    "kind": lambda entry: entry.kind,
    "id": lambda entry: entry.id,
}
"""What has a unit or an order of its own, or is put together here: what was written under such a name is not it."""

NAMED: dict[str, Finder] = {
    "message": lambda entry: entry.message or None,
    "service": lambda entry: entry.service,
    "function": lambda entry: entry.function,
    "request": lambda entry: entry.request,
    "requestId": lambda entry: entry.request,
    "user": lambda entry: entry.user,
    "userId": lambda entry: entry.user,
    "status": lambda entry: entry.status,
}
"""What the application may also have written as it is."""


def finder(path: str) -> Finder:
    """Finds the value at a path; None where there is none, or null.

    >>> entry = Entry(b"", user="u1", fields={"context": {"orderId": 42}, "response.status_code": 500, "tags": ["a"]})
    >>> [finder(path)(entry) for path in ("context.orderId", "response.status_code", "tags.0", "user", "level", "x.y")]
    [42, 500, 'a', 'u1', None, None]
    """
    if path in OWN:
        return OWN[path]
    parts = tuple(path.split("."))
    if path in NAMED:
        named = NAMED[path]
        return lambda entry: value if (value := named(entry)) is not None else within(entry.fields, parts)
    if parts[0] == "context" and len(parts) > 1:
        rest = parts[1:]
        return lambda entry: (
            value if (value := within(entry.fields, parts)) is not None else within(entry.context, rest)
        )
    return lambda entry: within(entry.fields, parts)


def within(value: object, parts: tuple[str, ...]) -> object:
    """The value at the parts of a path; a key may hold dots itself, the longest such key is tried first.

    >>> within({"a.b": {"c": 1}, "a": {"b.c": 2}}, ("a", "b", "c"))
    1
    """
    if not parts:
        return value
    if isinstance(value, dict | Mapping):  # nearly always a dict, which is told sooner
        for length in range(len(parts), 0, -1):
            key = parts[0] if length == 1 else ".".join(parts[:length])
            if key in value and (found := within(value[key], parts[length:])) is not None:
                return found
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes) and is_place(parts[0]):
        place = int(parts[0])
        return within(value[place], parts[1:]) if place < len(value) else None
    return None


def is_place(part: str) -> bool:
    """Whether a part of a path counts the elements of a list, from 0."""
    return part.isascii() and part.isdecimal() and len(part) < 10
