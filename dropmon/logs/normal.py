"""An entry as a record: the same keys whatever shape it came in, for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from dropmon.logs.entry import Entry
from dropmon.logs.level import Level
from dropmon.model import LATEST, moment
from dropmon.output.harmless import json_text
from dropmon.secrets import mask


def record(entry: Entry) -> dict[str, Any]:
    """What is known of an entry; what is not, is left out. Times are ISO 8601 in UTC, durations seconds.

    >>> record(Entry(b"", Level.ERROR, 1795415402.0, "failed", request="r_2", duration=0.12))
    {'time': '2026-11-23T06:30:02Z', 'level': 'error', 'message': 'failed', 'requestId': 'r_2', 'duration_s': 0.12}
    """
    found: dict[str, Any] = {
        "time": iso(entry.time),
        "level": None if entry.level is Level.UNKNOWN else entry.level.word,
        "service": entry.service,
        "function": entry.function,
        "message": entry.message or None,
        "context": entry.context or None,
        "userId": entry.user,
        "requestId": entry.request,
        "duration_s": entry.duration,
        "status": entry.status,
        "trace": entry.trace or None,
        "raw": None if entry.parsed else entry.raw.decode(errors="replace"),
    }
    return {key: value for key, value in found.items() if value is not None}


def line(entry: Entry) -> bytes:
    """The record on one line of JSON, without a newline: UTF-8, no secret, nothing that a terminal would obey."""
    return encoded(record(entry))


def iso(seconds: float | None) -> str | None:
    """A time in UTC; None for what is none of our calendar."""
    return moment(seconds) if seconds is not None and -62135596800 <= seconds <= LATEST else None


def encoded(found: Mapping[str, Any]) -> bytes:
    r"""A record as JSON. NaN is null, as JSON knows none.

    >>> encoded({"a": "\u009b31m", "b": float("nan"), "c": 10**30, "d": "\ud800"})
    b'{"a": "\\u009b31m", "b": null, "c": 1000000000000000000000000000000, "d": "\\ud800"}'
    """
    import msgspec

    try:
        data = msgspec.json.encode(found)
        text = data.decode()
    except (UnicodeEncodeError, OverflowError, TypeError, RecursionError):
        return slowly(found)
    plain = data.isascii() and b"\x7f" not in data
    return data if (plain or text.isprintable()) and mask(text) == text else slowly(found)


def slowly(found: Mapping[str, Any]) -> bytes:
    """The few records that hold what the fast way cannot write, or what must not come out."""
    try:
        return json_text(finite(found)).encode()
    except RecursionError:
        flat = {key: value for key, value in found.items() if not isinstance(value, Mapping | list | tuple)}
        return json_text(flat | {"unreadable": "it is nested too deeply"}).encode()


def finite(value: Any) -> Any:
    """A value without what JSON has no number for."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return value


def compact(value: object) -> str:
    """A value in a cell: text as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int else json.dumps(finite(value), ensure_ascii=False, default=str)
