"""Titles and descriptions with values in them: `{{ labels.check }} answers in {{ value | duration }}`. Pure.

Nothing is escaped here: every channel has its own way. What a label brings is text, whatever it looks like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from dropmon.units import human_duration, human_size

HOLE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
INSIDE = re.compile(r"\s*\$?(?:labels\.([a-zA-Z_][a-zA-Z0-9_]*)|(value|severity|condition))\s*(?:\|\s*(\w+)\s*)?")
LONGEST = 500  # characters of one value


def short(value: float) -> str:
    """A number for people.

    >>> [short(value) for value in (1.0, 0.12345, 1234567.0, float("inf"))]
    ['1', '0.1235', '1234567', 'inf']
    """
    return str(int(value)) if value == value and abs(value) < 1e15 and value == int(value) else f"{value:.4g}"


FORMS: Mapping[str, Callable[[float], str]] = {
    "duration": human_duration,  # of seconds
    "size": human_size,  # of bytes
    "percent": lambda ratio: f"{short(ratio * 100)} %",  # of a ratio
    "round": lambda value: str(round(value)),
}


def complaint(text: str) -> str | None:
    """What is wrong with a template, if anything.

    >>> complaint("{{ labels.check }} {{ $value | duration }}")
    >>> complaint("{{ check }}")
    "'{{ check }}' stands for nothing: write {{ labels.NAME }}, {{ value }}, {{ severity }} or {{ condition }}"
    """
    for hole in HOLE.finditer(text):
        found = INSIDE.fullmatch(hole[1])
        if not found:
            wanted = "{{ labels.NAME }}, {{ value }}, {{ severity }} or {{ condition }}"
            return f"'{hole[0]}' stands for nothing: write {wanted}"
        if found[3] and (found[3] not in FORMS or found[2] != "value"):
            return f"'{hole[0]}' has no such form: write {{{{ value | {' or '.join(FORMS)} }}}}"
    return None


def _formed(form: str, value: float) -> str:
    try:
        return FORMS.get(form, short)(value)
    except (OverflowError, ValueError):  # of what is infinite there is no such form
        return short(value)


def filled(text: str, labels: Mapping[str, str], value: float | None, others: Mapping[str, str]) -> str:
    """The text with its values. A label that the series has not is empty, and what is not understood stays.

    >>> filled("{{ labels.check }}: {{ value | duration }}", {"check": "{{ value }}"}, 1.25, {})
    '{{ value }}: 1.25 s'
    """

    def value_of(hole: re.Match[str]) -> str:
        found = INSIDE.fullmatch(hole[1])
        if not found:
            return hole[0]
        label, word, form = found.groups()
        if label:
            return labels.get(label, "")[:LONGEST]
        if word != "value":
            return others.get(word, "")
        return "?" if value is None else _formed(form or "", value)

    return HOLE.sub(value_of, text)
