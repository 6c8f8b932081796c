"""How often an alert begins and ends. What flaps is told as its throttle allows, together with how often it did."""

from __future__ import annotations

from dropmon.alerts.rule import Rule

WHILE = 3600.0  # seconds that are looked back
MOST = 100  # beginnings that are remembered


def remembered(rule: Rule, begun: tuple[float, ...], at: float) -> tuple[float, ...]:
    """The beginnings of the last while, with this one.

    >>> from dropmon.alerts.notification import Severity
    >>> remembered(Rule("r", "x", Severity.LOW), (0.0, 3000.0), 4000.0)
    (3000.0, 4000.0)
    """
    return (*recent(rule, begun, at), at)[-MOST:]


def recent(rule: Rule, begun: tuple[float, ...], at: float) -> tuple[float, ...]:
    """Those within the last while, which is at least as long as the throttle."""
    first = at - max(WHILE, rule.throttle)
    return tuple(each for each in begun if each > first)


def flaps(rule: Rule, begun: tuple[float, ...], at: float, active: bool) -> int:
    """How often it began and ended within the last while."""
    return max(0, len(recent(rule, begun, at)) - (1 if active else 0))
