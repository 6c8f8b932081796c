"""When it was said: stamps of any maker, as seconds since 1970. A stamp without a zone is read as UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

_ISO = r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)\b)?"
_COMMON = r"\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}"
_APACHE = r"(?:[A-Z][a-z]{2} )?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? \d{4}"
LEADING = re.compile(rf"[\[\s]{{0,4}}(?:(?P<iso>{_ISO})|(?P<common>{_COMMON})|(?P<apache>{_APACHE}))\]?", re.ASCII)
_ZONE = re.compile(r" ?(?:UTC|GMT)$")
_NUMBER = re.compile(r"\s*\d{9,20}(?:\.\d{1,9})?\s*", re.ASCII)


def epoch(number: float) -> float | None:
    """Seconds of a count of s, ms, us or ns since 1970, told apart by magnitude (between 1973 and 5138).

    >>> epoch(1795415589), epoch(1795415589984), epoch(1795415589984000), epoch(1795415589984000000)
    (1795415589.0, 1795415589.984, 1795415589.984, 1795415589.984)
    >>> epoch(42), epoch(float("nan"))
    (None, None)
    """
    for most, unit in ((1e11, 1), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9)):
        if 1e8 * unit <= number < most:
            return number / unit
    return None


def iso(text: str) -> float | None:
    """Seconds of an ISO 8601 stamp and its relatives: a space or slashes, a comma, nine digits, 'UTC'.

    >>> iso("2026-11-23T06:30:02.000Z"), iso("2024-11-15 20:12:14,123"), iso("2024/11/15 20:12:14 UTC")
    (1795415402.0, 1731701534.123, 1731701534.0)
    >>> iso("yesterday")
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        try:
            read = datetime.fromisoformat(_ZONE.sub("Z", text.strip().replace("/", "-")).replace(" Z", "Z"))
        except ValueError:
            return None
    try:
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    except (OverflowError, ValueError):
        return None


def stamp(value: Any) -> float | None:
    """Seconds of whatever stands under a key of time.

    >>> stamp("1795415589984000000"), stamp("2026-11-23T06:30:02Z"), stamp(True), stamp({"no": "time"})
    (1795415589.984, 1795415402.0, None, None)
    """
    if isinstance(value, str):
        return epoch(float(value)) if _NUMBER.fullmatch(value) else iso(value) or leading(value)[0]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return epoch(value)
    return None


def leading(text: str) -> tuple[float | None, int]:
    """The stamp that a line of text begins with, and where the text goes on.

    A stamp without a year or without a date (RFC 3164, klog) is none: what year it was nobody says.

    >>> leading("[Fri Nov 15 20:12:14.123 2024] [core:error] x")
    (1731701534.123, 30)
    >>> leading("15/Nov/2024:20:12:14 +0100 GET /"), leading("Nov 15 20:12:14 host")
    ((1731697934.0, 26), (None, 0))
    """
    found = LEADING.match(text)
    if not found:
        return None, 0
    if found["iso"]:
        return iso(found["iso"]), found.end()
    form = "%d/%b/%Y:%H:%M:%S %z" if found["common"] else "%b %d %H:%M:%S.%f %Y"
    return _dated(found["common"] or found["apache"], form), found.end()


def _dated(text: str, form: str) -> float | None:
    if "%f" in form:
        text = re.sub(r"^[A-Z][a-z]{2} (?=[A-Z])", "", text)
        form = form if "." in text else form.replace(".%f", "")
    try:
        read = datetime.strptime(text, form)  # noqa: DTZ007 - the next line names the zone
    except ValueError:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
