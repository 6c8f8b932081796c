"""Did the input itself fail? What a CLI or an HTTP API says when it has no logs to give is no application error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dropmon.logs.formats.keys import ROLES
from dropmon.logs.formats.phrases import COMPLAINTS
from dropmon.logs.level import KEYS, SCALES

_ENTRY = (
    frozenset(KEYS) | frozenset(SCALES) | frozenset(ROLES["message"]) | frozenset(ROLES["service"]) | {"event_message"}
)
_BODY = frozenset(
    ("message", "msg", "code", "error", "statusCode", "status", "hint", "details", "error_code", "error_description")
)
_EMPTY = frozenset(("data", "result", "success", "messages", "errors", "meta", "request_id", "requestId", "timestamp"))
_REFUSED = re.compile(
    r"(?:unauthori[sz]ed|forbidden|access denied|not found|bad (?:request|gateway|credentials)|too many requests"
    r"|internal (?:server )?error|service (?:temporarily )?unavailable|gateway time-?out|no api key found"
    r"|invalid (?:api key|token|jwt|credentials|access token|authentication)|jwt (?:expired|malformed)"
    r"|(?:api )?rate limit)\b",
    re.IGNORECASE,
)
_PAGE = re.compile(rb"<(?:!doctype html|html|head|title)\b", re.IGNORECASE)
_TITLE = re.compile(
    rb"<(title|h1)>\s*([^<]{0,100}?(?:\b[45]\d\d\b|error|bad gateway|unavailable)[^<]{0,100})</", re.IGNORECASE
)
_BODY_OF_PAGE = re.compile(
    r"<(?:body|center|pre|p|h\d)\b[^<>]{0,100}>\s*([^<>]{0,100}?\b[45]\d\d\b[^<>]{0,100})", re.IGNORECASE
)
_COMPLAINT = re.compile(rf"\s*((?:{'|'.join(COMPLAINTS)})[^\n]{{0,300}})")
_TABLE = re.compile(rb"Row \d{1,9}\s*")
_QUERIED = frozenset(("status", "errorType", "error", "data", "warnings", "infos"))
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
        declared = doc.get("type") == "error"
        if _ENTRY.isdisjoint(doc) and _bare(doc) and not (declared and any(key in doc for key in ROLES["status"])):
            return _sentence(error.get("message"), error.get("code"))
    if "errorType" in doc and doc.get("status") == "error" and _QUERIED.issuperset(doc):  # Prometheus and Loki
        return _sentence(error, doc["errorType"])
    if not _BLAMES.isdisjoint(doc) and _BODY.issuperset(doc):
        said = doc.get("message", doc.get("msg"))
        if isinstance(said, str):
            return _sentence(
                said, next((doc[key] for key in ("code", "statusCode", "error_code") if doc.get(key)), error)
            )
        if isinstance(error, str) and error:
            return _sentence(error, doc.get("error_code") or doc.get("code") or doc.get("statusCode"))
        if doc.keys() == {"statusCode"} and isinstance(code := doc["statusCode"], int) and 400 <= code < 600:
            return _sentence(None, code)
    return _short(doc)


def _short(doc: Mapping[str, Any]) -> str | None:
    """The same of a body with hardly anything in it: {"message":"Unauthorized"}, {"errors":[…]}.

    >>> _short({"message": "Unauthorized"}), _short({"message": "accepted"}), _short({"errors": [{"message": "x"}]})
    ('Unauthorized', None, 'x')
    """
    errors = doc.get("errors")
    if isinstance(errors, list) and errors and all(key in _EMPTY for key in doc):
        first = errors[0]
        said = first.get("message") if isinstance(first, Mapping) else first
        return _sentence(said, first.get("code") if isinstance(first, Mapping) else None)
    said = doc.get("message", doc.get("msg"))
    return said if len(doc) == 1 and isinstance(said, str) and _REFUSED.match(said) else None


def page(body: bytes) -> str | None:
    """What a page of a proxy says, or why a table cannot be read; None when this is neither.

    >>> page(b"<html><head><title>502 Bad Gateway</title>"), page(b"<11>1 x")
    ('the input is a page of a web server: 502 Bad Gateway', None)
    """
    if _TABLE.fullmatch(body):
        return "the CLI's table of rows cannot be read: add --output-format stream-json"
    found = _TITLE.search(body) if _PAGE.match(body) else None
    said = found[2].decode("utf-8", "replace").strip() if found else ""
    return f"the input is a page of a web server: {said}" if said else None


def complaint(text: str) -> str | None:
    """What a command or a proxy said in the place of an input, of which this is the beginning; None: it is a log.

    Not asked of what stands behind other lines: there an application may have logged it.

    >>> complaint("Unable to locate credentials. You can ...\\n"), complaint("<html><body>502 Bad Gateway</body>")
    ('Unable to locate credentials. You can ...', '502 Bad Gateway')
    >>> complaint("GET /502"), complaint("<p>all 200</p>")
    (None, None)
    """
    found = _COMPLAINT.match(text)
    if not found and _PAGE.match(text.lstrip().encode()):
        found = _BODY_OF_PAGE.search(text)
    return found[1].strip() if found else None


def _bare(doc: Mapping[str, Any]) -> bool:
    """Nothing of an entry at all: an answer such as {"result":[],"error":{…}}."""
    return not any(key in doc for role in ("request", "user", "duration", "trace", "function") for key in ROLES[role])


def _sentence(message: Any, code: Any) -> str:
    said = str(message) if message else "the input says that it failed"
    return f"{said} ({code})" if code and isinstance(code, str | int) and str(code) not in said else said
