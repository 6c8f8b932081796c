"""Documents that hold many entries: arrays of rows, answers of APIs, Loki's streams, OpenTelemetry's resources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import msgspec

from dropmon.logs.formats.document import Document
from dropmon.logs.formats.envelope import attributes
from dropmon.logs.formats.reading import parsed
from dropmon.logs.formats.slices import elements, member
from dropmon.logs.level import KEYS

_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode
_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
CONTAINERS = ("data", "result", "events", "entries", "streams", "resourceLogs")
"""Keys of an object that may hold many entries."""
TOKENS = ("searchedLogStreams", "nextToken", "nextForwardToken")

_CONTAINERS = frozenset(CONTAINERS)
_OWN = frozenset((*KEYS, "message", "msg", "event_message", "line"))


class Row(NamedTuple):
    """One of many: its own bytes, unchanged, and what they mean."""

    raw: bytes
    value: Any


def begins(body: bytes) -> bool:
    """Whether a block may be an array of objects."""
    return body[:1] == b"[" and body[1:200].lstrip()[:1] in (b"{", b"]")


def array(body: bytes) -> tuple[Row, ...] | None:
    """The elements of an array of objects, or None when this is none: `[error] x` begins like one.

    >>> array(b'[{"a":1}, {"a": 2}]')
    (Row(raw=b'{"a":1}', value={'a': 1}), Row(raw=b'{"a": 2}', value={'a': 2}))
    >>> array(b"[]"), array(b"[Error] x"), array(b"[1]")
    ((), None, None)
    """
    if not begins(body):
        return None
    rows = tuple(_rows(body))
    return rows if rows or parsed(body) == [] else None


def holding(doc: Document) -> bool:
    """Whether an object may hold entries and is none itself."""
    return not _CONTAINERS.isdisjoint(doc) and _OWN.isdisjoint(doc)


def held(doc: Document, body: bytes) -> tuple[Row, ...] | None:
    """The entries that an object holds, or None when it is an entry itself.

    >>> held({"events": [{"message": "x", "eventId": "1"}]}, b'{"events": [{"message": "x", "eventId": "1"}]}')
    (Row(raw=b'{"message": "x", "eventId": "1"}', value={'message': 'x', 'eventId': '1'}),)
    """
    if not holding(doc):
        return None
    for path in _paths(doc):
        source = _at(doc, body, path)
        if path[-1] == "resourceLogs":
            return tuple(_records(source))
        rows = tuple(_rows(source))
        return tuple(_values(rows)) if _is_streams(rows) else rows
    return None


def _paths(doc: Document) -> Iterator[tuple[str, ...]]:
    """Where the entries stand."""
    data, events, entries = doc.get("data"), doc.get("events"), doc.get("entries")
    if isinstance(doc.get("resourceLogs"), list):
        yield ("resourceLogs",)
    elif isinstance(doc.get("streams"), list) and _are(doc["streams"], "values"):
        yield ("streams",)
    elif isinstance(data, dict) and isinstance(data.get("result"), list) and data.get("resultType") == "streams":
        yield ("data", "result")
    elif isinstance(data, list) and doc.get("type") == "result":
        yield ("data",)
    elif isinstance(doc.get("result"), list) and ("error" in doc or len(doc) == 1) and _are(doc["result"]):
        yield ("result",)
    elif isinstance(events, list) and ((events and _are(events, "message")) or any(key in doc for key in TOKENS)):
        yield ("events",)
    elif isinstance(entries, list) and entries and (_are(entries, "logName") or _are(entries, "insertId")):
        yield ("entries",)


def _are(rows: list[Any], key: str | None = None) -> bool:
    return all(isinstance(row, dict) and (key is None or key in row) for row in rows)


def _at(doc: Any, body: bytes, path: tuple[str, ...]) -> bytes:
    """The bytes of a part of a document."""
    for key in path:
        doc, body = doc[key], _member(doc, body, key)
    return body


def _member(doc: Any, body: bytes, key: str) -> bytes:
    """The bytes of a value; written anew when colours between them hide where they stand."""
    try:
        return bytes(_parts(body)[key])
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        with suppress(ValueError, LookupError, RecursionError):
            return member(body, key)
        return _written(doc[key])


def _written(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _rows(body: bytes) -> Iterator[Row]:
    yield from (Row(raw, parsed(raw)) for raw in _elements(body))


def _elements(body: bytes) -> list[bytes]:
    """The bytes of each element of an array; written anew as above."""
    try:
        return [bytes(raw) for raw in _raws(body)]
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        value = parsed(body)
    if not isinstance(value, list):
        return []
    with suppress(ValueError, LookupError, RecursionError):
        return elements(body)
    return [_written(each) for each in value]


def _is_streams(rows: tuple[Row, ...]) -> bool:
    return bool(rows) and _are([row.value for row in rows], "values") and all("stream" in row.value for row in rows)


def _values(streams: tuple[Row, ...]) -> Iterator[Row]:
    """Each [time in ns, line] or [time, line, metadata] of Loki, as a row with its stream's labels."""
    for stream in streams:
        for row in _rows(_at(stream.value, stream.raw, ("values",))):
            value = row.value if isinstance(row.value, list) else []
            stamp, line, extra = (*value, None, None, None)[:3]
            flat = extra if isinstance(extra, dict) else {}
            labels = stream.value["stream"]
            yield Row(row.raw, {**flat, "timestamp": stamp, "line": line, "labels": labels})


def _records(body: bytes) -> Iterator[Row]:
    """Each record of OpenTelemetry, with its resource's attributes."""
    for resource in _rows(body):
        about = resource.value if isinstance(resource.value, dict) else {}
        held = about.get("resource")
        shared = attributes(held.get("attributes")) if isinstance(held, dict) else {}
        for scope in _rows(_at(about, resource.raw, ("scopeLogs",))) if about.get("scopeLogs") else ():
            if not isinstance(scope.value, dict) or not scope.value.get("logRecords"):
                continue
            for row in _rows(_at(scope.value, scope.raw, ("logRecords",))):
                record = row.value if isinstance(row.value, dict) else {}
                yield Row(row.raw, {**record, "attributes": attributes(record.get("attributes")), "resource": shared})
