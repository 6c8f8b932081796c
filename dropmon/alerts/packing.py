"""A notification as the text that waits in the outbox, and back."""

from __future__ import annotations

import json
from types import MappingProxyType

from dropmon.alerts.notification import Alert, Notification, Phase, Reason, Severity
from dropmon.output.harmless import masked


def packed(notification: Notification) -> str:
    """JSON, with severities and phases as words, and no secret: it lies on a disk.

    >>> unpacked(packed(Notification("1", "slack", Reason.FIRST, (), 60.0))).channel
    'slack'
    """
    alerts = [
        {
            **one._asdict(),
            "severity": one.severity.word,
            "labels": dict(one.labels),
            "own": None if one.own is None else dict(one.own),
        }
        for one in notification.alerts
    ]
    return json.dumps(masked({**notification._asdict(), "alerts": alerts}))


def unpacked(text: str) -> Notification:
    """The notification of such a text. Keys that a newer version wrote are passed over.

    Raises ValueError for what is none, or has words that only a newer version knows.
    """
    try:
        found = json.loads(text)
        alerts = tuple(_alert(one) for one in found["alerts"])
        own = {key: value for key, value in found.items() if key in Notification._fields}
        return Notification(**{**own, "alerts": alerts, "reason": Reason(found["reason"])})
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(repr(error)) from error


def legible(text: str) -> Notification | None:
    """The notification of such a text; None for what cannot be read.

    >>> legible('{"alerts": [1]}') is None
    True
    """
    try:
        return unpacked(text)
    except ValueError:
        return None


def _alert(found: dict[str, object]) -> Alert:
    own = {key: value for key, value in found.items() if key in Alert._fields}
    own["labels"] = MappingProxyType(dict(found["labels"]))  # type: ignore[call-overload]
    own["own"] = None if found.get("own") is None else MappingProxyType(dict(found["own"]))  # type: ignore[call-overload]
    own["commands"] = tuple(found.get("commands", ()))  # type: ignore[arg-type]
    for name in ("back", "was"):
        own[name] = None if (level := found.get(name)) is None else Severity(level)  # type: ignore[arg-type]
    own["severity"], own["phase"] = Severity[str(found["severity"]).upper()], Phase(str(found["phase"]))
    return Alert(**own)  # type: ignore[arg-type]
