"""The labels that anything known has: what matchers may mean, and what is probably mistyped. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from dropmon.alerts.maintenance import Window
from dropmon.alerts.rule import Rule
from dropmon.alerts.silence import said
from dropmon.storage.matcher import Matcher

Known = Mapping[str, Collection[str]]  # the values of each label


def known(rules: Iterable[Rule], series: Iterable[Iterable[tuple[str, str]]]) -> dict[str, set[str]]:
    """The labels of rules, and those of series."""
    found: dict[str, set[str]] = {"severity": {"low", "medium", "high", "critical"}}
    own = (said(rule, (), rule.severity.word).items() for rule in rules)
    for pairs in (*own, *series):
        for label, value in pairs:
            found.setdefault(label, set()).add(value)
    return found


def doubts(matchers: Iterable[Matcher], known: Known) -> Iterator[tuple[str, str]]:
    """What nothing known has, and what may be meant.

    >>> [*doubts([Matcher("chek", "=", "a"), Matcher("check", "=", "a")], {"check": {"a"}})]
    [("nothing known has a label 'chek'", "did you mean 'check'?")]
    >>> [*doubts([Matcher("check", "=~", "b|c"), Matcher("chek", "!=", "a")], {"check": {"b"}})][0][0]
    "nothing known has a label 'chek'"
    """
    from dropmon.rules.problems import suggest

    for one in matchers:
        values = known.get(one.label)
        if values is None and not (one.op in ("=", "=~") and one.accepts({})):
            yield f"nothing known has a label {one.label!r}", suggest(one.label, known)
        elif values and one.op in ("=", "=~") and not any(one.accepts({one.label: each}) for each in ("", *values)):
            yield f"nothing known has {one.label}{one.op}{one.value}", suggest(one.value, values)


def window_doubts(window: Window, known: Known) -> Iterator[tuple[str, str]]:
    """What nothing known has of the matchers of a maintenance window."""
    matchers = [Matcher(label, "=", value) for label, values in window.matchers.items() for value in values]
    return iter(dict.fromkeys(doubts(matchers, known)))
