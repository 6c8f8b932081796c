"""Every alert there is: those that the rules write, and those that SLOs bring with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dropmon.alerts.rule import Plan, Rule
    from dropmon.rules import Rules


def plan(rules: Rules) -> Plan:
    """The alerts, channels and maintenance windows of the rules. Raises RulesError for mistakes in them.

    A mistake in `slos:` keeps no other alert from being judged: who judges says it.
    """
    from contextlib import suppress

    from dropmon.alerts import plan as written
    from dropmon.errors import RulesError

    if "slos" not in rules.given:
        return written.plan(rules)
    from dropmon.flows.promises import generated

    more: tuple[Rule, ...] = ()
    with suppress(RulesError):
        more = generated(rules)
    return written.plan(rules, more)
