"""What programs are told of an alert: values as they are, texts as short and harmless as anywhere. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from dropmon.alerts.escape import plain
from dropmon.alerts.message import Message, Part
from dropmon.alerts.notification import Alert, Notification


def payload(notification: Notification, told: Message) -> dict[str, Any]:
    """What a program reads: {type, timestamp, data}."""
    alerts = [_alert(alert, each) for alert, each in zip(notification.alerts, told.parts, strict=False)]
    return {
        "type": f"alert.{notification.reason.value}",
        "timestamp": iso(notification.at),
        "data": {
            "id": notification.id,
            "title": told.title,
            "notes": list(told.notes),
            "platform": plain(notification.platform, 200),
            "late_seconds": round(notification.late, 3),
            "fallback_of": plain(notification.fallback_of, 100) if notification.fallback_of else None,
            "alerts": alerts,
            "more": max(0, len(notification.alerts) - len(alerts)),
        },
    }


def _alert(alert: Alert, told: Part) -> dict[str, Any]:
    return {
        "rule": plain(alert.rule, 200),
        "key": plain(alert.key, 1000),
        "name": told.name,
        "description": told.description,
        "severity": alert.severity.word,
        "phase": alert.phase.value,
        "labels": labels(alert),
        "value": finite(alert.value),
        "since": iso(alert.since) if alert.since else None,
        "ended": iso(alert.ended) if alert.ended is not None else None,
        "condition": plain(alert.condition, 200),
        "runbook": told.runbook or None,
        "runbook_url": told.link or None,
        "acknowledge": told.acknowledge or None,
        "flaps": alert.flaps,
    }


def labels(alert: Alert) -> dict[str, str]:
    """The labels, as many and as long as anybody reads."""
    return {plain(name, 100): plain(value, 200) for name, value in sorted(alert.labels.items())[:30]}


def finite(value: float | None) -> float | str | None:
    """JSON knows no NaN and no infinity.

    >>> finite(7.5), finite(float("inf"))
    (7.5, 'inf')
    """
    return value if value is None or abs(value) < float("inf") else str(value)


def iso(at: float) -> str:
    """A time as RFC 3339 writes it.

    >>> iso(1795427460.5)
    '2026-11-23T09:51:00.500Z'
    """
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
