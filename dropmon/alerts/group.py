"""One message for each channel, run and reason: thirty cameras that go dark are one message, not thirty. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

from dropmon.alerts.flap import flaps
from dropmon.alerts.notification import Alert, Notification, Phase, Reason, Severity
from dropmon.alerts.route import unknown_severity
from dropmon.alerts.rule import Rule
from dropmon.alerts.state import CLOSED, State, Told
from dropmon.alerts.template import filled


class Notice(NamedTuple):
    """One series that one channel is told of."""

    channel: str
    reason: Reason
    rule: Rule
    state: State


def grouped(notices: Iterable[Notice], at: float, platform: str = "") -> list[tuple[Notification, Sequence[Notice]]]:
    """The messages, each with what it tells of; the worst of a message first."""

    def place(notice: Notice) -> tuple[str, str]:
        return notice.channel, notice.reason.value

    found: list[tuple[Notification, Sequence[Notice]]] = []
    for (channel, reason), told in groupby(sorted(notices, key=place), place):
        those = tuple(sorted(told, key=lambda one: (-severity(one), one.state.key)))
        alerts = tuple(alert(one.rule, one.state, at, one.state.of(one.channel)) for one in those)
        found.append((Notification(event(those, at), channel, Reason(reason), alerts, at, platform), those))
    return found


def severity(notice: Notice) -> Severity:
    """How serious it is to be told that."""
    return shown_severity(notice.state)


def shown_severity(state: State) -> Severity:
    return state.severity if state.unknown is None else unknown_severity(state.severity)


def event(notices: Sequence[Notice], at: float) -> str:
    """The id of a message: the same for the same things told of the same episodes, and of no others."""
    of = [(one.state.key, one.state.fired, one.state.sent) for one in notices]
    text = json.dumps([notices[0].channel, notices[0].reason.value, at, of])
    return sha256(text.encode()).hexdigest()[:32]


def _ended(state: State, at: float, told: Told | None) -> float | None:
    """When it was over: what only was not known is over when its data is back."""
    if state.shown is not Phase.RESOLVED:
        return None
    return at if state.ended is None or (told and told.unknown and not told.open) else state.ended


def alert(rule: Rule, state: State, at: float, told: Told | None = None) -> Alert:
    """The series as it is told, its texts filled in, to a channel that knows what it was `told`."""
    labels = MappingProxyType({**dict(state.labels), **rule.labels})
    others = {"severity": state.severity.word, "condition": rule.condition}
    description = filled(rule.description, labels, state.value, others)
    if state.unknown is not None and state.why:
        description = f"{description}\n{state.why}".strip()
    return Alert(
        rule=rule.id,
        name=filled(rule.name or rule.id, labels, state.value, others),
        severity=shown_severity(state),
        phase=state.shown,
        labels=labels,
        value=state.value,
        since=state.fired if state.unknown is None else state.unknown,
        ended=_ended(state, at, told),
        description=description,
        condition=rule.condition,
        runbook=rule.page(labels),
        closed=state.why if state.shown is Phase.RESOLVED and state.why in CLOSED else "",
        back=told.unclear if told and told.unknown and state.unknown is None else None,
        was=told.severity if told and told.open and told.severity != shown_severity(state) else None,
        flaps=flaps(rule, state.begun, at, state.active),
        own=MappingProxyType(dict(state.labels)),
    )
