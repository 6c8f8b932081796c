"""Plays evaluations one after the other, a minute apart, and tells what was said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dropmon.alerts.condition import Answer, Vector, never
from dropmon.alerts.notification import Notification, Severity
from dropmon.alerts.route import Decision
from dropmon.alerts.rule import Channel, Labels, Plan, Rule
from dropmon.alerts.silence import Silence
from dropmon.alerts.step import States, step

START = 1_795_400_000.0
MINUTE = 60.0
BASIC = Rule("r", "x > 1", Severity.HIGH, ("slack",), every=MINUTE)


def labels(**pairs: str) -> Labels:
    return tuple(sorted(pairs.items()))


def rule(**changes: Any) -> Rule:
    return BASIC._replace(**changes)


class Play:
    """A plan, its states, and what each evaluation brought."""

    def __init__(self, *rules: Rule, channels: Iterable[Channel] = (), windows: Any = (), silences: Any = ()) -> None:
        known = {"slack": Channel("slack"), "sms": Channel("sms", frozenset({Severity.CRITICAL}))}
        self.plan = Plan(rules or (BASIC,), {**known, **{one.name: one for one in channels}}, windows, "Shop")
        self.silences: tuple[Silence, ...] = silences
        self.states: States = {}
        self.at = START
        self.told: list[Notification] = []
        self.decisions: tuple[Decision, ...] = ()
        self.dead: set[str] = set()

    def see(self, *answers: Answer | Vector | float | None, at: float | None = None) -> list[Notification]:
        """One evaluation, one answer for each rule: a value, a vector, [] (it is well) or None (nothing is known)."""
        given: Mapping[str, Answer] = {
            rule.id: said(answer) for rule, answer in zip(self.plan.rules, answers, strict=True)
        }
        now = self.at if at is None else at
        done = step(self.plan, self.states, given, self.silences, now, self.dead)
        self.states, self.decisions = done.states, done.decisions
        self.told += done.notifications
        self.at = now + MINUTE
        return list(done.notifications)

    def words(self, script: str) -> str:
        """One evaluation a letter: x it holds, . it does not, ? nothing is known. A letter for each reason, or -."""
        values: dict[str, Any] = {"x": 2.0, ".": [], "?": None}
        return "".join(said_in_short(self.see(*[values[letter]] * len(self.plan.rules))) for letter in script)


def said(answer: Answer | Vector | float | None) -> Answer:
    if isinstance(answer, Answer):
        return answer
    if answer is None:
        return Answer([], never)
    return Answer([((), float(answer))] if isinstance(answer, int | float) else answer)


def said_in_short(told: list[Notification]) -> str:
    """F first, R repeat, E escalated, O resolved, U unknown; - nothing. Of several only one."""
    letters = {"first": "F", "repeat": "R", "escalated": "E", "resolved": "O", "unknown": "U"}
    return letters[told[0].reason.value] if told else "-"
