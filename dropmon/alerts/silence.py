"""Silences: what somebody does not want to be told for a while. Times in seconds since 1970."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dropmon.errors import UsageError
from dropmon.pattern import PatternError, pattern
from dropmon.storage.matcher import Matcher

WRITTEN = re.compile(r"\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)


class Silence(NamedTuple):
    """Series that are silent, from when until when, who wants it and why."""

    id: str
    matchers: tuple[Matcher, ...]
    start: float
    end: float
    author: str = ""
    comment: str = ""
    created: float = 0.0

    def active(self, at: float) -> bool:
        """Whether it holds: its first moment does, its last does not."""
        return self.start <= at < self.end

    def covers(self, labels: Mapping[str, str]) -> bool:
        """Whether it means a series. One without matchers means none, nor does one that cannot be read."""
        try:
            return bool(self.matchers) and all(matcher.accepts(labels) for matcher in self.matchers)
        except PatternError:  # of an older version, which took more
            return False


def matcher(text: str) -> Matcher:
    """A matcher as Prometheus writes it; a word alone is the id of a rule. Raises UsageError.

    >>> matcher('check=~"Str.*"'), matcher("api_down")
    (Matcher(label='check', op='=~', value='Str.*'), Matcher(label='rule', op='=', value='api_down'))
    """
    found = WRITTEN.fullmatch(text)
    if not found:
        if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", text):
            return Matcher("rule", "=", text)
        raise UsageError(f"{text!r} is no matcher", "write LABEL=VALUE, LABEL!=VALUE, LABEL=~REGEX or the id of a rule")
    label, op, value = found.groups()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    if "~" in op:
        try:
            pattern(value)
        except PatternError as error:
            raise UsageError(error.what, error.hint) from None
    return Matcher(label, op, value)  # type: ignore[arg-type]


def covering(silences: Iterable[Silence], labels: Mapping[str, str], at: float) -> Silence | None:
    """The silence that lasts longest, of those that hold for a series."""
    held = [each for each in silences if each.active(at) and each.covers(labels)]
    return max(held, key=lambda each: each.end, default=None)


def shown(matchers: Iterable[Matcher]) -> str:
    """Matchers as they are written."""
    return ", ".join(f'{each.label}{each.op}"{each.value}"' for each in matchers)
