"""Which labels anything has: the rules, their checks and databases, what is recorded and what is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dropmon.alerts.rule import Plan
    from dropmon.rules import Rules
    from dropmon.storage import Store


def labelled(rules: Rules, plan: Plan, store: Store) -> dict[str, set[str]]:
    """The values of every label."""
    from dropmon.alerts.labels import known
    from dropmon.storage.alerts import alerts_of

    checks = [(("check", each.name), ("kind", each.section)) for each in rules.entries()]
    databases = [(("database", name),) for name in (rules.databases if "databases" in rules.given else ())]
    series = [*(each.labels for each in store.series()), *(each.labels for each in alerts_of(store).states())]
    return known(plan.rules, [*checks, *databases, *series])
