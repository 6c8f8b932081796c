"""A rule as it is judged: everything said, with defaults. Times in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dropmon.alerts.notification import Severity

if TYPE_CHECKING:
    from dropmon.alerts.maintenance import Window

Labels = tuple[tuple[str, str], ...]  # sorted by name


class Pace(NamedTuple):
    """How a check is counted where it differs from the others."""

    every: float
    fail_after: int
    recover_after: int


class Rule(NamedTuple):
    """When to say what to whom."""

    id: str
    condition: str  # PromQL
    severity: Severity
    channels: tuple[str, ...] = ()
    name: str = ""  # may hold placeholders, as the description may
    description: str = ""
    wait: float = 0.0  # `for`: the condition must hold so long
    fail_after: int = 1  # and at so many evaluations in a row
    calm: float = 0.0  # `recover_after` as a time: it must not hold so long
    recover_after: int = 1  # or as a count
    unknown_after: float | None = 900.0
    throttle: float = 0.0
    remind_every: float | None = None
    depends_on: tuple[str, ...] = ()
    labels: Mapping[str, str] = MappingProxyType({})
    runbook: str | None = None
    enabled: bool = True
    every: float = 300.0  # how often it is expected to be judged
    paces: Mapping[str, Pace] = MappingProxyType({})  # of single checks, by their names
    pages: Mapping[str, str] = MappingProxyType({})  # runbooks of checks and databases, by their names

    @property
    def counts(self) -> bool:
        """Whether it matters how often something was seen: then a number that is looked at twice was measured once."""
        own = self.fail_after > 1 or self.recover_after > 1
        return own or any(each.fail_after > 1 or each.recover_after > 1 for each in self.paces.values())

    def of(self, labels: Labels) -> Rule:
        """The rule as it counts one series: at the pace of its check."""
        pace = self.paces.get(dict(labels).get("check", "")) if self.paces else None
        return self._replace(**pace._asdict()) if pace else self

    def page(self, labels: Mapping[str, str]) -> str | None:
        """The runbook of one series: the rule's own, else that of its check or its database.

        >>> rule = Rule("a", "b", Severity.LOW, pages={"Stripe": "api-down"})
        >>> rule.page({"check": "Stripe"}), rule.page({}), rule._replace(runbook="own").page({"check": "Stripe"})
        ('api-down', None, 'own')
        """
        named = (self.pages.get(labels.get(name, "")) for name in ("check", "database"))
        return self.runbook or next((page for page in named if page), None)


class Channel(NamedTuple):
    """What has to be known of a way of telling somebody before it is used."""

    name: str
    severities: frozenset[Severity] = frozenset(Severity)
    resolved: bool = True  # says also that it is over
    fallback: str | None = None  # who is told when this one fails


class Plan(NamedTuple):
    """What the rules file says of alerts."""

    rules: tuple[Rule, ...]
    channels: Mapping[str, Channel] = MappingProxyType({})
    windows: tuple[Window, ...] = ()
    platform: str = ""

    def channel(self, name: str) -> Channel:
        """`oncall` is no entry of `channels:` and is told everything."""
        return self.channels.get(name) or Channel(name)
