"""Lines of the commonest shapes, known by the few values on which all that is counted depends.

Two lines with the same key give the same entry as far as counting goes, but for their time and duration: so `entries`
reads the first of them, and the others need a tenth of that. A line in which anything else might matter has no key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, get_args

import msgspec
from msgspec import UNSET, UnsetType

from dropmon.logs.formats.container import CONTAINERS
from dropmon.logs.formats.keys import EVENT_HOLDERS, EVENT_KEYS, MARKS, NESTED, ROLES, TYPES
from dropmon.logs.formats.shortcut import LONE
from dropmon.logs.level import KEYS, NAMED, SCALES

Key = tuple[Any, ...]
Stamp = str | int | None  # ISO 8601, or a count since 1970
Known = tuple[Key, Stamp, float | None]
"""The key, the time, and the duration as the key `duration` has it: plain, for there is one a line."""

COUNTED = ("time", "service", "function", "status", "duration", "kind")
_HOLDERS = ("log_attributes", "metadata", "labels", "stream", "resource", "attributes", "record", "context")
_MATTERS = (
    *KEYS, *SCALES, *NESTED, *MARKS, *EVENT_KEYS, *EVENT_HOLDERS, *CONTAINERS, *_HOLDERS, *ROLES["message"],
    *(key for role in COUNTED for key in ROLES[role]), "@t", "requestPath", "logs", "type",
)  # fmt: skip
_LENT = tuple(key for role in COUNTED[1:] for key in ROLES[role])  # what a row's log_attributes say in its place
_ROUTE = "/functions/v1/"  # names a function in the middle of a message
_ROUTE_BYTES = _ROUTE.encode()

_Word = str | None | UnsetType
_Code = int | str | None | UnsetType
_Time = int | str | UnsetType
_Ignored = msgspec.Raw | UnsetType
_Never = Annotated[str, msgspec.Meta(min_length=2**31 - 1)] | UnsetType  # the key's presence ends the decoding

LEVELS = frozenset(
    (*(form(word) for word in NAMED for form in (str.lower, str.upper, str.capitalize)), *range(10, 70, 10))
)
"""What a level is mostly written as: each of these is one."""
_TYPES = frozenset(TYPES)
_EVENTS = frozenset((UNSET, None, "Log"))  # of the edge runtime, that mean nothing by themselves
_STRANGE = (msgspec.MsgspecError, UnicodeError, RecursionError, TypeError)


def _document(name: str, wanted: dict[str, Any], matters: tuple[str, ...]) -> type[Any]:
    """Documents with these keys, with no other that matters, and with any that does not."""
    refused = [key for key in dict.fromkeys(matters) if key not in wanted]
    fields = [(key, kind, UNSET) for key, kind in wanted.items()]
    fields += [(f"never_{at}", _Never, UNSET) for at, _ in enumerate(refused)]
    names = {f"never_{at}": key for at, key in enumerate(refused)}
    return msgspec.defstruct(name, fields, rename=names, gc=False)


def _strict(name: str, wanted: dict[str, Any]) -> type[Any]:
    """Documents with these keys and no others: found several times quicker."""
    fields = [(key, kind, UNSET) if UnsetType in get_args(kind) else (key, kind) for key, kind in wanted.items()]
    return msgspec.defstruct(name, fields, forbid_unknown_fields=True, gc=False, kw_only=True)


_Context = _document("Context", {"function": _Word}, ROLES["function"])
_KEYS: dict[str, Any] = {
    "timestamp": _Time, "level": _Code, "service": _Word, "message": _Word, "context": _Context | None | UnsetType,
    **dict.fromkeys(("userId", "requestId"), _Ignored),
    "type": _Code, "function": _Word, "duration": int | float | None | UnsetType, "status": _Code, "error": _Ignored,
    "time": _Time, **dict.fromkeys(("pid", "hostname", "name"), _Ignored), "msg": _Word,
    **dict.fromkeys(("req", "res", "err", "stack", "logger", "module", "v", "env", "version"), _Ignored),
}  # fmt: skip
"""In the order in which they mostly stand: then each is found at once."""
_Line = _document("Line", _KEYS, _MATTERS)
_Usual = _strict("Usual", _KEYS)
_Attributes = _document(
    "Attributes", {"level": _Word, "event_type": _Word, "function_id": _Word}, (*_LENT, *EVENT_KEYS, *ROLES["message"])
)
_Row = _strict(
    "Row",
    {
        **dict.fromkeys(("id", "source"), _Ignored), "ts_ms": _Time, "severity_text": _Word, "level": _Word,
        "event_message": str, "log_attributes": _Attributes | UnsetType, "service": _Word, "timestamp": _Time,
    },
)  # fmt: skip
_Printed = _strict(
    "Printed",
    {
        "type": _Word, "stream": _Word, "timestamp": _Ignored, "service": _Word, "source": _Ignored, "line": str,
        "data": _Row,
    },
)  # fmt: skip
_Hosted = _strict(
    "Hosted",
    {
        "id": _Ignored, "deploymentId": str, "source": _Ignored, "host": _Ignored, "timestamp": _Time,
        "projectId": _Ignored, "level": _Word, "message": str, "type": _Word, "statusCode": _Code,
        "requestPath": _Word,
        **dict.fromkeys(
            ("rowId", "buildId", "entrypoint", "destination", "path", "requestId", "environment", "branch", "ja3Digest",
             "ja4Digest", "edgeType", "projectName", "executionRegion", "traceId", "spanId", "proxy"), _Ignored,
        ),
    },
)  # fmt: skip

_line = msgspec.json.Decoder(_Line).decode
_usual: Callable[[bytes | str], Any] = msgspec.json.Decoder(_Usual).decode  # a quarter of the keys to compare
_row = msgspec.json.Decoder(_Row).decode
_printed = msgspec.json.Decoder(_Printed).decode
_hosted = msgspec.json.Decoder(_Hosted).decode


def known(block: bytes) -> Known | None:
    """What a block is known by; None: ask `entries`.

    >>> known(b'{"timestamp":"2026-11-23T06:30:02.000Z","level":"error","message":"payment failed"}')[1:]
    ('2026-11-23T06:30:02.000Z', None)
    >>> known(b'{"type":"metric","function":"pay","duration":812}')[2], known(b'{"level":"weird"}')
    (812, None)
    """
    first = block[:5]
    try:
        if first == b'{"typ' and block[:20] == b'{"type":"log-entry",':
            return _printed_row(block)
        if first == b'{"id"' and (row := _enveloped(block)):
            return row
        return application(block) if first[:1] == b"{" else _spoken(block)
    except _STRANGE:
        return None


def application(document: bytes | str) -> Known | None:
    """An application's own line. Raises what a decoder raises when it is none, or none that is common."""
    try:
        line = _usual(document)
    except msgspec.ValidationError:
        line = _line(document)
    level, function, kind = line.level, line.function, line.type
    if level is UNSET:
        if not function or kind not in _TYPES:
            return None
    elif level not in LEVELS:
        return None
    else:
        said = line.message or line.msg
        if not said or _ROUTE in said:
            return None
    stamp = line.timestamp
    if stamp is UNSET:
        stamp = line.time
        if stamp is UNSET:
            stamp = None
    elif not stamp:
        return None
    context = line.context
    if not function and not context:
        return (level, line.service), stamp, None
    lent = context.function if context else None
    duration = line.duration
    return (level, line.service, function, kind, line.status, lent), stamp, None if duration is UNSET else duration


_TEXT = re.compile(
    rb"(?P<stamp>\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{3})?Z?) "
    rb"(?P<level>TRACE|DEBUG|INFO|WARN|ERROR|FATAL) +(?P<said>[\w(])"
    rb"|\[(?P<console>Debug|Info|Warning|Error)\] (?:(?P<document>\{)|[A-Za-z])"
)


def _spoken(block: bytes) -> Known | None:
    """A line of text that begins with its time and level, or as the local console writes it."""
    found = _TEXT.match(block)
    if not found or (b"\r" in block and LONE.search(block)):
        return None
    if found["document"]:
        document = block[found.start("document") :].rstrip(b"\n")
        if b"\n" in document:
            return None
        inner = application(document)
        return ((found["console"], *inner[0]), *inner[1:]) if inner else None
    if _ROUTE_BYTES in block:
        return None
    stamp = found["stamp"]
    return (found["level"] or found["console"], b"text"), stamp.decode().replace(" ", "T") if stamp else None, None


def _enveloped(block: bytes) -> Known | None:
    """A platform's row that carries an application's line."""
    try:
        return _hosted_row(block) if b'"deploymentId"' in block else _platform_row(_row(block))
    except _STRANGE:
        return None


def _printed_row(block: bytes) -> Known | None:
    """A row as the Supabase CLI prints it."""
    printed = _printed(block)
    inner = _platform_row(printed.data)
    return ((printed.service, *inner[0]), *inner[1:]) if inner else None


def _platform_row(row: Any) -> Known | None:
    said = row.event_message.rstrip("\r\n")
    attributes = row.log_attributes
    if said[:1] != "{" or "\n" in said or not row.ts_ms or not attributes or attributes.event_type not in _EVENTS:
        return None
    inner = application(said)
    if inner is None:
        return None
    key, stamp, duration = inner
    if stamp is None:
        stamp = row.ts_ms if row.timestamp is UNSET else row.timestamp
    about = (
        "row",
        row.level,
        row.severity_text,
        row.service,
        attributes.level,
        attributes.event_type,
        attributes.function_id,
    )
    return (*about, *key), stamp, duration


def _hosted_row(block: bytes) -> Known | None:
    """A row of Vercel's drain."""
    row = _hosted(block)
    said = row.message.rstrip("\r\n")
    if said[:1] != "{" or "\n" in said or row.level not in LEVELS or not row.timestamp:
        return None
    if _ROUTE in said or (row.requestPath and _ROUTE in row.requestPath):
        return None
    inner = application(said)
    if inner is None:
        return None
    key, stamp, duration = inner
    return ("hosted", row.level, row.statusCode, row.type, *key), row.timestamp if stamp is None else stamp, duration
