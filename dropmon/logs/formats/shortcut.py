"""The level of the commonest lines without reading the rest of them: exact, or not at all."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from dropmon.logs.formats.container import CONTAINERS
from dropmon.logs.formats.envelope import VERCEL
from dropmon.logs.formats.keys import EVENT_HOLDERS, EVENT_KEYS, MARKS, NESTED, TYPES
from dropmon.logs.level import KEYS, NAMED, SCALES, Level, named, numbered

_Nothing = Annotated[
    str, msgspec.Meta(min_length=2**31 - 1)
]  # no line is that long: the key's presence ends the decoding
_ENVELOPES = (*MARKS, *EVENT_KEYS, *EVENT_HOLDERS)
_ROUTES = dict.fromkeys((*_ENVELOPES, *KEYS, *SCALES, *NESTED, *CONTAINERS, "@t", "message", "msg"))


def _decoder(name: str, wanted: dict[str, Any], refused: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_struct(name, wanted, refused))


def _struct(name: str, wanted: dict[str, Any], refused: tuple[str, ...]) -> type[msgspec.Struct]:
    """An object with some of its keys; decoding it fails where there is one of those refused."""
    fields: list[tuple[str, Any, Any]] = [(key, kind | UnsetType, UNSET) for key, kind in wanted.items()]
    fields += [(f"f{at}", _Nothing | UnsetType, UNSET) for at, _ in enumerate(refused)]
    names = {f"f{at}": key for at, key in enumerate(refused)}
    return msgspec.defstruct(name, fields, rename=names, gc=False)


levelled = _decoder("Levelled", {"level": Any}, tuple(key for key in _ENVELOPES if key != "level")).decode
_typed = _decoder("Typed", {"type": Any, "function": Any}, tuple(_ROUTES)).decode
LEVELS: dict[Any, Level] = {
    **{form(word): level for word, level in NAMED.items() for form in (str.lower, str.upper, str.capitalize)},
    **{number: numbered(number) for number in range(10, 70, 10)},
}
_TYPES = {word: named(word) or Level.INFO for word in TYPES}


_Attributes = _struct("Attributes", {"event_type": Any}, ("metadata_event_type",))
_Row = _struct(
    "Row",
    {"event_message": str, "log_attributes": _Attributes | None | UnsetType},
    (*EVENT_KEYS, *VERCEL, "metadata"),
)
_printed = _decoder(
    "Printed", {"line": str, "data": _Row}, (*EVENT_KEYS, *EVENT_HOLDERS, "event_message", "message", "msg")
).decode
_vercel = _decoder(
    "Hosted",
    {"message": str, "statusCode": Any, "deploymentId": str, "level": str},
    (*(key for key in _ENVELOPES if key not in ("deploymentId", "rowId")), "logs", "data"),
).decode
_OPENINGS = (b'{"', b"{ ")
_PRINTED = b'{"type":"log-entry",'
_BENIGN = (UNSET, None, "Log", "Boot")  # events of the runtime that decide nothing
_CONSOLE = re.compile(rb"\[(Debug|Info|Warning|Error)\] (?:(\{)|[A-Za-z0-9])")
_TEXT = re.compile(
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:\d\d)? +"
    rb"(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL) +[\w(\[]"
)
LONE = re.compile(rb"\r(?![\r\n]|$)")  # it ends a line for some writers
_SPELLED = {word.encode(): named(word) for word in ("Debug", "Info", "Warning", "Error")} | {
    word.encode(): named(word) for word in ("TRACE", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL")
}


def level(block: bytes) -> Level | None:
    """The level of a common line, as `entries` gives it; None means: ask `entries`.

    >>> level(b'{"level":"error","message":"payment failed"}'), level(b'{"type":"metric","function":"f"}')
    (<Level.ERROR: 5>, <Level.INFO: 3>)
    >>> level(b"[Error] x"), level(b'[Info] {"level":"error"}'), level(b"2026-11-23T06:30:00.020Z WARN  4711 --- x")
    (<Level.ERROR: 5>, <Level.ERROR: 5>, <Level.WARN: 4>)
    >>> level(b'{"level":"info","event_message":"x"}'), level(b'{"level":"weird"}')
    (None, None)
    """
    try:
        if block[:2] not in _OPENINGS or block[:20] == _PRINTED:
            return _other(block)
        word = levelled(block).level
        return _unnamed(block) if word is UNSET else LEVELS.get(word)
    except msgspec.ValidationError:
        return _hosted(block)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, TypeError):
        return None


def _unnamed(block: bytes | str) -> Level | None:
    """A metric or an error of an edge function."""
    line = _typed(block)
    return None if line.function is UNSET else _TYPES.get(line.type)


def inner(words: str | UnsetType) -> Level | None:
    """The level of the application's JSON that a row carries, if it is one and names a level."""
    if words is UNSET or words[:1] != "{":
        return None
    try:
        word = levelled(words).level
        return (_unnamed(words) if word is UNSET else LEVELS.get(word)) or None
    except (msgspec.MsgspecError, UnicodeError, RecursionError, TypeError):
        return None


def _other(block: bytes) -> Level | None:
    """A row of the CLI around an application's JSON, which decides; else a line of text."""
    if block[:1] == b"{":
        row = _printed(block)
        data = row.data
        if data is UNSET or row.line is UNSET:  # '{ "level": …': the blank is all that is unusual
            return None
        attributes = data.log_attributes
        return inner(data.event_message) if not attributes or attributes.event_type in _BENIGN else None
    return _line(block)


def _hosted(block: bytes) -> Level | None:
    """A row of Vercel around an application's JSON, which decides."""
    try:
        row = _vercel(block)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, TypeError):
        return None
    return None if row.deploymentId is UNSET or row.statusCode in (-1, "-1") else inner(row.message)


def _line(block: bytes) -> Level | None:
    """A line of the local console, or a time and a level in capitals."""
    if b"\r" in block and LONE.search(block):
        return None
    found = _CONSOLE.match(block)
    if found is None:
        text = _TEXT.match(block)
        return _SPELLED[text[1]] if text else None
    if not found[2]:
        return _SPELLED[found[1]]
    start, stop = found.start(2), block.find(b"\n")
    return level(block[start:stop] if stop > 0 else block[start:]) or None
