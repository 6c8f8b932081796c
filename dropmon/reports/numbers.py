"""Numbers as people read them, in their language. Pure."""

from __future__ import annotations

import re
from math import floor

from dropmon.reports.comparison import Change, Unit
from dropmon.units import human_duration, human_size

NONE = {"en": "NO DATA", "fr": "PAS DE DONNÉES"}
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
    >>> changed(Change(3.0, None, "new"), Unit.COUNT, "en"), changed(Change(word="few"), Unit.RATIO, "fr")
    ('+3 (new)', 'trop peu')
    """
    words = WORDS[language]
    if found.absolute is None or found.word == "same":
        return words[found.word]
    if unit is Unit.SCORE and abs(found.absolute) < 0.005:
        return words["same"]
    sign = "-" if found.absolute < 0 else "+"
    if unit is Unit.RATIO:
        return local(f"{sign}{abs(found.absolute) * 100:.2g} {words['points']}", language)
    size = f"{sign}{shown(abs(found.absolute), unit, language)}"
    if found.word:
        return f"{size} ({words[found.word]})"
    return size if found.relative is None else f"{size} ({found.relative * 100:+.0f} %)"
