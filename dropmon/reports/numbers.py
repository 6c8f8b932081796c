"""Numbers as people read them, in their language. Pure."""

from __future__ import annotations

import re
from math import floor

from dropmon.reports.comparison import Change, Unit
from dropmon.units import human_duration, human_size

NONE = {"en": "NO DATA", "fr": "PAS DE DONNÉES"}
ALIKE = "≈"
FINEST = 0.01  # of a duration
LEAST = {Unit.RATIO: 0.00005, Unit.SCORE: 0.005, Unit.COUNT: 0.05}
FRENCH = {"d": "j", "h": "h", "m": "min", "s": "s"}
WORDS = {
    "en": {"new": "new", "missing": "n/a", "few": "too few", "same": "same", "points": "pt"},
    "fr": {"new": "nouveau", "missing": "n/d", "few": "trop peu", "same": "identique", "points": "pt"},
}


def local(text: str, language: str) -> str:
    """A number with the language's decimal sign."""
    return text.replace(".", ",") if language == "fr" else text


def lasting(duration: str, language: str) -> str:
    """A duration with the language's units.

    >>> lasting("8d 11h", "fr"), lasting("5m 6s", "fr"), lasting("1.25 s", "fr"), lasting("8d 11h", "en")
    ('8 j 11 h', '5 min 6 s', '1,25 s', '8d 11h')
    """
    if language != "fr":
        return duration
    return local(re.sub(r"(\d)([dhms])\b", lambda found: f"{found[1]} {FRENCH[found[2]]}", duration), language)


def percent(ratio: float, language: str, digits: int = 2) -> str:
    """A share. What is not all of it is never shown as 100 %.

    >>> percent(0.99999, "en"), percent(1.0, "fr"), percent(0.5, "fr", 1)
    ('99.99 %', '100 %', '50,0 %')
    """
    if ratio == 1:
        return "100 %"
    scale = 10**digits
    shown = floor(ratio * 100 * scale + 1e-9) / scale if 0.5 < ratio < 1 else ratio * 100
    return local(f"{shown:.{digits}f} %", language)


def number(value: float, language: str) -> str:
    """A count; the mean of several may have a fraction.

    >>> number(12345.0, "fr"), number(2.5, "fr")
    ('12 345', '2,5')
    """
    text = f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:,.1f}"
    return local(text.replace(",", " "), language)


def shown(value: float | None, unit: Unit, language: str) -> str:
    """A number with its unit.

    >>> shown(0.245, Unit.SECONDS, "en"), shown(None, Unit.COUNT, "fr"), shown(1.5, Unit.SECONDS, "fr")
    ('245 ms', 'PAS DE DONNÉES', '1,5 s')
    """
    if value is None:
        return NONE[language]
    if unit is Unit.RATIO:
        return percent(value, language)
    if unit is Unit.SECONDS:
        return lasting(human_duration(value), language)
    if unit is Unit.BYTES:
        return local(human_size(value), language)
    return local(f"{value:.2f}", language) if unit is Unit.SCORE else number(value, language)


def changed(found: Change, unit: Unit, language: str) -> str:
    """A change with its sign, and its share of what was.

    >>> changed(Change(-0.0012), Unit.RATIO, "fr"), changed(Change(0.012, 0.05), Unit.SECONDS, "en")
    ('-0,12 pt', '+12 ms (+5 %)')
    >>> changed(Change(0.004, 0.004), Unit.SECONDS, "en"), changed(Change(-1.0, -0.001), Unit.COUNT, "en")
    ('≈', '-1')
    >>> changed(Change(3.0, None, "new"), Unit.COUNT, "en"), changed(Change(word="few"), Unit.RATIO, "fr")
    ('+3 (new)', 'trop peu')
    """
    words = WORDS[language]
    if found.absolute is None or found.word == "same":
        return words[found.word]
    if hardly(found, unit):
        return ALIKE
    sign = "-" if found.absolute < 0 else "+"
    if unit is Unit.RATIO:
        points = abs(found.absolute) * 100
        return local(f"{sign}{points:.{2 if points < 1 else 1 if points < 10 else 0}f} {words['points']}", language)
    size = f"{sign}{shown(abs(found.absolute), unit, language)}"
    if found.word:
        return f"{size} ({words[found.word]})"
    share = 0 if found.relative is None else round(found.relative * 100)
    return f"{size} ({share:+d} %)" if share else size


def hardly(found: Change, unit: Unit) -> bool:
    """Whether a change is less than the number's method tells apart, or its digits show.

    >>> [hardly(Change(0.001, share), Unit.SECONDS) for share in (0.009, 0.011)]  # sketches are within 1 %
    [True, False]
    """
    if unit is Unit.SECONDS and found.relative is not None:
        return abs(found.relative) < FINEST
    return abs(found.absolute or 0.0) < LEAST.get(unit, 0.0)
