"""Why an SLO is in its state, in the language of the report. Pure."""

from __future__ import annotations

import re

from dropmon.reports.numbers import lasting

FRENCH = {
    r"(.+) (?:slices|events) are fewer than min_events, (\d+)": "{} mesures, moins que min_events, {}",
    r"nothing was measured in the window": "rien n'a été mesuré dans la fenêtre",
    r"exactly (\S+), and more was promised": "exactement {}, et il était promis davantage",
    r"not left out, as the expression does not keep its labels: (.+)":
        "non exclu, car l'expression n'en garde pas les labels : {}",
    r"exactly (\S+), and less was promised": "exactement {}, et il était promis moins",
    r"(\S+) so far is not (.+)": "{} jusqu'ici, et non {}",
    r"(\S+) is more than (\S+)": "{}, plus que {}",
    r"(\S+) so far is less than (.+)": "{} jusqu'ici, moins que {}",
    r"(\S+) is less than (\S+)": "{}, moins que {}",
    r"burns more than (\S+) over (\S+) and (\S+)": "le budget brûle à plus de {} sur {} et {}",
    r"(\S+) of the budget is consumed": "{} du budget est consommé",
    r"nothing was measured for a day": "rien n'a été mesuré depuis un jour",
    r"only (\S+) of the time was measured": "{} du temps seulement a été mesuré",
    r"slices are counted from samples, which begin (.+): see history.retention":
        "les tranches sont comptées sur les mesures, qui commencent le {} : voir history.retention",
    r"([\d.hdms ]+) left out: (.+)": "{} non compté : {}",
}  # fmt: skip


def told(reason: str, language: str) -> str:
    """The reason in a language; what has no words there stays as it is.

    >>> told("99.8% is less than 99.9%; nothing was measured for a day", "fr")
    "99,8 %, moins que 99,9 % ; rien n'a été mesuré depuis un jour"
    >>> told("1h 30m left out: version 1.5", "fr"), told("99.8% is less than 99.9%", "en")
    ('1 h 30 min non compté : version 1.5', '99.8 % is less than 99.9 %')
    """
    if language != "fr":
        return re.sub(r"(?<=\d)%", " %", reason)
    return " ; ".join(map(_french, reason.split("; ")))


def _french(part: str) -> str:
    for pattern, words in FRENCH.items():
        if found := re.fullmatch(pattern, part):
            return words.format(*map(_number, found.groups()))
    return part


def _number(text: str) -> str:
    """A number as French people write it; other words are left alone."""
    if not re.fullmatch(r"(?:[<>]=? )?[-\d.,]+[%×]?|[\d.hdms ]+", text):
        return text
    return lasting(text.replace(",", " ").replace(".", ",").replace("%", " %"), "fr")
