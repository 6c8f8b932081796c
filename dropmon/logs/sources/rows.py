"""The rows in a platform's answer, each with its bytes as they came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from dropmon.logs.sources.asking import Speech, worded
from dropmon.logs.sources.source import Row

SHOWN = 120  # characters of a row that cannot be read


class Body(msgspec.Struct):
    """What the log API of Supabase answers; `error` may come with a success."""

    result: list[msgspec.Raw] | None = None
    error: Any = None


class Named(msgspec.Struct):
    """What a row of Supabase must have."""

    id: str
    ts_ms: int
    event_message: str | None = None
    log_attributes: dict[str, Any] | None = None


class Told(NamedTuple):
    """A page: its rows, how many they were, or what the platform said instead."""

    rows: list[Row]
    said: str = ""


def of_supabase(body: bytes, speech: Speech, functions: Mapping[str, str]) -> Told:
    """The page in a body. A row of a function that is known by its id gets its name. Raises TransportError."""
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
    name = functions.get((named.log_attributes or {}).get("function_id", ""))
    line = one_line(raw)
    if name:
        line = b'{"function":' + msgspec.json.encode(name) + b"," + line[1:]
    return Row(named.ts_ms / 1000, named.id, line)


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
