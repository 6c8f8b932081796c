"""What explains an alert: while a rule that it depends on fires, or is about to, nobody needs to be told of it.

One of which nothing is known explains nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from dropmon.alerts.notification import Phase
from dropmon.alerts.rule import Rule
from dropmon.alerts.state import State

EXPLAINING = {Phase.PENDING, Phase.FIRING, Phase.RECOVERING}


def troubled(states: Iterable[State], at: float) -> frozenset[str]:
    """The rules of which any series explains others: one that this evaluation knows of."""
    return frozenset(
        state.rule for state in states if state.phase in EXPLAINING and state.unknown is None and state.at >= at
    )


def explained_by(rule: Rule, troubled: frozenset[str]) -> str | None:
    """The first rule that explains this one now; a rule does not explain itself.

    >>> from dropmon.alerts.notification import Severity
    >>> explained_by(Rule("b", "x", Severity.LOW, depends_on=("a", "b")), frozenset({"b"})) is None
    True
    """
    return next((id_ for id_ in rule.depends_on if id_ in troubled and id_ != rule.id), None)
