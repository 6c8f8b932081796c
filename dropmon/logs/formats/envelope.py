"""Whose words does an object carry? Rows of platforms hold what an application said: text, or JSON in a string."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dropmon.logs.formats.document import Document, first
from dropmon.logs.formats.keys import MARKS
from dropmon.logs.level import Level, named

VERCEL = ("deploymentId", "rowId")
CLOUDWATCH = ("eventId", "ingestionTime", "logStreamName")
JOURNALD = ("PRIORITY", "__REALTIME_TIMESTAMP", "_PID", "SYSLOG_IDENTIFIER")

_MARKS = frozenset(MARKS)


def payload(doc: Document, level: Level) -> Any:
    """The words inside, a text or an object; None when they are the object's own.

    >>> payload({"event_message": "x", "level": "error"}, Level.ERROR)
    'x'
    >>> payload({"message": "x", "level": "error"}, Level.ERROR)
    >>> payload({"message": "ERROR: x"}, Level.UNKNOWN), payload({"log": "x"}, Level.UNKNOWN)
    ('ERROR: x', None)
    """
    if not _MARKS.isdisjoint(doc):
        for carried in CARRIERS:
            words = carried(doc)
            if isinstance(words, str | dict) and words:
                return words
    if level:
        return None
    said = doc.get("message", doc.get("msg"))
    return said if isinstance(said, str) else None


def is_vercel(doc: Document) -> bool:
    return "message" in doc and any(key in doc for key in VERCEL)


def _row(doc: Document) -> Any:
    return doc.get("event_message")


def _printed(doc: Document) -> Any:
    """A row of the CLI, with the platform's row inside, or of logcli."""
    line, row = doc.get("line"), doc.get("data")
    if not isinstance(line, str) or "message" in doc or "msg" in doc:
        return None
    return row if isinstance(row, dict) and row.get("event_message") else line


def _docker(doc: Document) -> Any:
    log = doc.get("log")
    return log if isinstance(log, str) and ("stream" in doc or "time" in doc) else None


def _hosted(doc: Document) -> Any:
    """A row of Vercel, CloudWatch or Datadog, whose `data` is a row of Supabase."""
    if "ddsource" in doc and isinstance(doc.get("data"), dict) and "event_message" in doc["data"]:
        return doc["data"]
    if is_vercel(doc) or "ddsource" in doc or any(key in doc for key in CLOUDWATCH):
        return _with_lines(doc)
    return None


def _with_lines(doc: Document) -> Any:
    """The message, and below it the lines that a request wrote: rows of `vercel logs` carry them as logs[]."""
    said, logs = doc.get("message"), doc.get("logs")
    if not isinstance(logs, list) or not isinstance(said, str | None):
        return said
    return "\n".join((said or "", *(_line(each) for each in logs if isinstance(each, dict))))


def _line(row: Document) -> str:
    """What an application wrote, behind its level: nothing that is not in the bytes may come of putting them together.

    >>> _line({"level": "error", "message": "boom"}), _line({"level": "fatal error", "message": "boom"})
    ('error: boom', 'boom')
    """
    level, said = row.get("level"), row.get("message")
    word = f"{level.strip()}:" if isinstance(level, str) and named(level) else ""
    words = said if isinstance(said, str) else ""
    return f"{word} {words}" if word else words


def _journald(doc: Document) -> Any:
    said = doc.get("MESSAGE")
    if isinstance(said, list) and all(isinstance(each, int) and 0 <= each < 256 for each in said):
        said = bytes(said).decode("utf-8", "replace")
    return said if any(key in doc for key in JOURNALD) else None


def _google(doc: Document) -> Any:
    return doc.get("textPayload") or doc.get("jsonPayload")


def _otlp(doc: Document) -> Any:
    body = first(doc.get("body"))
    return unwrapped(body) if body else None


def unwrapped(value: Any) -> Any:
    """OpenTelemetry's {"stringValue": …}, {"kvlistValue": …} as what they mean.

    >>> unwrapped({"kvlistValue": {"values": [{"key": "a", "value": {"intValue": "1"}}]}})
    {'a': '1'}
    """
    if not isinstance(value, dict):
        return value
    if "kvlistValue" in value:
        rows = first(value["kvlistValue"]).get("values")
        return attributes(rows)
    return next((each for key, each in value.items() if key.endswith("Value")), None)


def attributes(rows: Any) -> dict[str, Any]:
    """OpenTelemetry's list of {"key", "value"} as an object."""
    pairs = (
        (row for row in rows if isinstance(row, dict) and isinstance(row.get("key"), str))
        if isinstance(rows, list)
        else ()
    )
    return {row["key"]: unwrapped(row.get("value")) for row in pairs}


CARRIERS: tuple[Callable[[Document], Any], ...] = (_row, _printed, _docker, _hosted, _journald, _google, _otlp)
