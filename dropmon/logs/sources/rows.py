"""The rows in a platform's answer, each with its bytes as they came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from dropmon.errors import TransportError
from dropmon.logs.sources.asking import Speech, worded
from dropmon.logs.sources.clickhouse import service
from dropmon.logs.sources.source import Row

NANO = 10**9
SHOWN = 120  # characters of a row that cannot be read


class Body(msgspec.Struct):
    """What the log API of Supabase answers; `error` may come with a success."""

    result: list[msgspec.Raw] | None = None
    error: Any = None


class Named(msgspec.Struct):
    """What a row of Supabase must have."""

    id: str
    ts_ms: int
    source: str = ""
    event_message: str | None = None
    log_attributes: dict[str, Any] | None = None


def attribute(row: Named, name: str) -> str:
    return str((row.log_attributes or {}).get(name, ""))


class Stream(msgspec.Struct):
    """A stream of Loki: its labels, and [ns, line] or [ns, line, labels of the line]."""

    values: list[list[Any]]
    stream: dict[str, str] = {}


class Streams(msgspec.Struct):
    """The streams of an answer."""

    result: list[msgspec.Raw]
    resultType: str = "streams"  # noqa: N815 as Loki writes it


class Range(msgspec.Struct):
    """What query_range of Loki answers."""

    data: Streams


class Event(msgspec.Struct):
    """What a row of Vercel must have."""

    rowId: str = ""  # noqa: N815 as Vercel writes it
    timestampInMs: float = 0  # noqa: N815
    source: str = ""


class Told(NamedTuple):
    """A page: its rows, how many they were, or what the platform said instead."""

    rows: list[Row]
    said: str = ""


def of_supabase(body: bytes, speech: Speech, functions: Mapping[str, str]) -> Told:
    """The page in a body; in front of each row the CLI's name of its service, and the name of its function if known.

    Raises TransportError.
    """
    try:
        page = msgspec.json.decode(body, type=Body)
    except (ValueError, RecursionError) as error:  # msgspec's own are ValueErrors
        raise speech.unread(f"{error}: {shown(body)}") from None
    if page.error:
        return Told([], worded(page.error) or "an error without words")
    if page.result is None:
        raise speech.unread(f"an answer without rows: {shown(body)}")
    return Told([_row(bytes(raw), speech, functions) for raw in page.result])


def _row(raw: bytes, speech: Speech, functions: Mapping[str, str]) -> Row:
    try:
        named = msgspec.json.decode(raw, type=Named, strict=False)
    except (ValueError, RecursionError) as error:
        raise speech.unread(f"a row: {error}: {shown(raw)}") from None
    known = {"service": service(named.source), "function": functions.get(attribute(named, "function_id"), "")}
    told = msgspec.json.encode({key: text for key, text in known.items() if text})
    line = one_line(raw)
    line = told[:-1] + b"," + line[1:] if len(told) > 2 else line
    return Row(named.ts_ms / 1000, named.id, line)


def of_loki(body: bytes, speech: Speech) -> list[Row]:
    """The lines in a body, in time order, each as `logcli -o jsonl` writes it. Raises TransportError."""
    try:
        data = msgspec.json.decode(body, type=Range).data
        if data.resultType != "streams":
            raise TransportError(
                f"the query of Loki gives no lines but a {data.resultType}", 'select lines: {app="shop"}'
            )
        streams = [msgspec.json.decode(raw, type=Stream) for raw in data.result]
        rows = [_line(each.stream, *value) for each in streams for value in each.values]
    except (ValueError, TypeError, RecursionError) as error:
        raise speech.unread(f"{error}: {shown(body)}") from None
    return sorted(rows, key=lambda row: row.key)


def _line(labels: dict[str, str], ns: str, line: str, more: dict[str, Any] | None = None) -> Row:
    if not isinstance(line, str):
        raise TypeError("a line that is no text")
    seconds, rest = divmod(int(ns), NANO)
    stamp = f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09}Z"
    raw = msgspec.json.encode({"labels": {**labels, **(more or {})}, "line": line, "timestamp": stamp})
    return Row(int(ns) / NANO, f"{int(ns):019} {blake2b(raw, digest_size=12).hexdigest()}", raw)


def of_vercel(line: bytes, speech: Speech) -> Row | None:
    """The row in a line of Vercel's stream; None for its marks. Raises TransportError."""
    if not line.strip():
        return None
    try:
        event = msgspec.json.decode(line, type=Event, strict=False)
    except (ValueError, RecursionError) as error:
        raise speech.unread(f"a row: {error}: {shown(line)}") from None
    if event.source == "delimiter":
        return None
    if not event.timestampInMs:
        raise speech.unread(f"a row without time: {shown(line)}")
    key = event.rowId or blake2b(line, digest_size=12).hexdigest()
    return Row(event.timestampInMs / 1000, key, one_line(line))


def one_line(raw: bytes) -> bytes:
    """A document without the newlines between its words.

    >>> one_line(b'{"a": "b",\\n "c": 1.50}')
    b'{"a":"b","c":1.50}'
    """
    return msgspec.json.format(raw, indent=-1) if b"\n" in raw or b"\r" in raw else raw.strip()


def shown(raw: bytes) -> str:
    """The beginning of what cannot be read."""
    text = raw[: SHOWN * 4].decode("utf-8", "replace")
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
