"""Regular expressions in PromQL, and the templates of label_replace()."""

from __future__ import annotations

import re

from dropmon import pattern as prometheus
from dropmon.history.promql.value import PromqlError


def pattern(text: str) -> re.Pattern[str]:
    """A pattern that has to match the whole text. PromqlError when it is none, or is not the same here as there."""
    try:
        return prometheus.pattern(text)
    except prometheus.PatternError as error:
        raise PromqlError(error.what, error.hint) from None


def expanded(match: re.Match[str], template: str) -> str:
    """A template with what was matched in place of `$1`, `${name}` and `$$`; what is unknown is empty, as in Go.

    >>> expanded(re.fullmatch("(?P<a>.)(.)", "xy"), "$1-${a}$2$$-$3-$1a-$")
    'x-xy$---$'
    """

    def put(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name is None:
            return "$"
        try:
            return match[int(name) if name.isdecimal() else name] or ""
        except IndexError:
            return ""

    return re.sub(r"\$(?:(\w+)|\{(\w+)\}|\$)", put, template, flags=re.ASCII)
