"""Silences: what somebody does not want to be told for a while. Times in seconds since 1970."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from dropmon.alerts.notification import Phase
from dropmon.errors import UsageError
from dropmon.pattern import PatternError, pattern
from dropmon.storage.matcher import Matcher

WRITTEN = re.compile(r"\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)

SHOWN = r'\s*[a-zA-Z_][a-zA-Z0-9_]*\s*(?:=~|!~|!=|=)\s*"[^"]*"\s*'  # one of those that `shown` puts together

if TYPE_CHECKING:
    from dropmon.alerts.rule import Labels, Rule
    from dropmon.alerts.state import State


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


def matchers(text: str) -> tuple[Matcher, ...]:
    """The matcher that a text is, or all of those that `shown` has put together. Raises UsageError.

    >>> [each.value for each in matchers('kind="apis", check="a, b"')], [each.value for each in matchers("kind=a,b")]
    (['apis', 'a, b'], ['a,b'])
    """
    many = re.fullmatch(f"{SHOWN}(?:,{SHOWN})+", text)
    return tuple(map(matcher, re.findall(SHOWN, text) if many else [text]))


def covering(silences: Iterable[Silence], labels: Mapping[str, str], at: float) -> Silence | None:
    """The silence that lasts longest, of those that hold for a series."""
    held = [each for each in silences if each.active(at) and each.covers(labels)]
    return max(held, key=lambda each: each.end, default=None)


def covered(one: Silence, rules: Iterable[Rule], states: Iterable[State], checks: Collection[str]) -> tuple[int, int]:
    """How many rules a silence may keep from being told, and how many series of them fire now.

    A label that a rule does not name itself may be one of its series; a check has one of the names.
    """
    own = [each for each in one.matchers if each.label == "check"]
    if own and not any(each.accepts({"check": name}) for name in checks for each in own):
        return 0, 0
    ids = {rule.id: rule for rule in rules if _may(one, rule)}
    firing = [state for state in states if state.shown is Phase.FIRING and state.rule in ids]
    return len(ids), sum(one.covers(said(ids[state.rule], state.labels, state.severity.word)) for state in firing)


def said(rule: Rule, labels: Labels, severity: str) -> dict[str, str]:
    """What matchers of silences and windows are asked of a series."""
    return {"rule": rule.id, "alertname": rule.id, "severity": severity, **dict(labels), **rule.labels}


def _may(one: Silence, rule: Rule) -> bool:
    words = said(rule, (), rule.severity.word)
    return all(each.accepts(words) for each in one.matchers if each.label in words)


def shown(matchers: Iterable[Matcher]) -> str:
    """Matchers as they are written."""
    return ", ".join(f'{each.label}{each.op}"{each.value}"' for each in matchers)
