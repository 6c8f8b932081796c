"""Did the input itself fail? What a CLI or an HTTP API says when it has no logs to give is no application error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dropmon.logs.formats.keys import ROLES
from dropmon.logs.level import KEYS, SCALES

_ENTRY = (
    frozenset(KEYS) | frozenset(SCALES) | frozenset(ROLES["message"]) | frozenset(ROLES["service"]) | {"event_message"}
)
_BODY = frozenset(
    ("message", "msg", "code", "error", "statusCode", "status", "hint", "details", "error_code", "error_description")
)
_BLAMES = frozenset(("code", "error", "statusCode", "hint", "error_code"))


def failed(doc: Mapping[str, Any]) -> str | None:
    """What the maker of the input said when it failed; None when this is an entry.

    >>> failed({"type": "error", "error": {"code": "LogsApiError", "message": "HTTP 410"}, "timestamp": "…"})
    'HTTP 410 (LogsApiError)'
    >>> failed({"type": "error", "function": "claim-drop", "error": {"message": "boom"}})
    >>> failed({"message": "Unauthorized", "statusCode": 401}), failed({"message": "payment failed", "time": 1})
    ('Unauthorized (401)', None)
    """
    error = doc.get("error")
    if isinstance(error, Mapping) and ("code" in error or "message" in error):
        declared = doc.get("type") == "error" or doc.get("_tag") == "Error"
        if "function" not in doc and _ENTRY.isdisjoint(doc) and (declared or _bare(doc)):
            return _sentence(error.get("message"), error.get("code"))
    if not _BLAMES.isdisjoint(doc) and _BODY.issuperset(doc):
        said = doc.get("message", doc.get("msg"))
        if isinstance(said, str):
            return _sentence(
                said, next((doc[key] for key in ("code", "statusCode", "error_code") if doc.get(key)), error)
            )
    return None


def _bare(doc: Mapping[str, Any]) -> bool:
    """Nothing of an entry at all: an answer such as {"result":[],"error":{…}}."""
    return not any(key in doc for role in ("request", "user", "duration", "trace", "function") for key in ROLES[role])


def _sentence(message: Any, code: Any) -> str:
    said = str(message) if message else "the input says that it failed"
    return f"{said} ({code})" if code and isinstance(code, str | int) and str(code) not in said else said
