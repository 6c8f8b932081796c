"""Every alert there is: those that the rules write, and those that SLOs bring with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dropmon.alerts.rule import Plan
    from dropmon.rules import Rules


def plan(rules: Rules) -> Plan:
    """The alerts, channels and maintenance windows of the rules. Raises RulesError for mistakes in them."""
    from dropmon.alerts import plan as written

    if "slos" not in rules.given:
        return written.plan(rules)
    from dropmon.promises import generated

    return written.plan(rules, generated(rules))
