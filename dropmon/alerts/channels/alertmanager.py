"""Prometheus' Alertmanager, API v2 (https://github.com/prometheus/alertmanager, api/v2/openapi.yaml)."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal

from pydantic import Field

from dropmon.alerts.channel import Channel, Letter, post
from dropmon.alerts.escape import plain
from dropmon.alerts.message import Part, Voice, message
from dropmon.alerts.notification import Alert, Notification, Phase, Reason
from dropmon.alerts.payload import iso, labels
from dropmon.rules.addresses import Url
from dropmon.rules.types import Duration, Header, Listed


class Alertmanager(Channel):
    """Prometheus' Alertmanager, which then tells whom it knows."""

    any_will_do: ClassVar[bool] = True  # its members tell each other

    type: Literal["alertmanager"] = "alertmanager"
    url: Listed[Url] = Field(description="One, or every member of the cluster.")
    headers: dict[str, Header] = Field({}, description="Sent with every message.")
    hold: Duration = Field(604800.0, description="It forgets an alert of which it hears nothing for this long.")

    def letters(self, notification: Notification, voice: Voice) -> list[Letter]:
        whole = message(notification, voice, len(notification.alerts))
        pairs = zip(notification.alerts, whole.parts, strict=True)
        body = [one for alert, each in pairs for one in _alerts(alert, each, notification, whole.notes, self.hold)]
        own = [(name, value.get_secret_value()) for name, value in self.headers.items()]
        return [Letter(url, post(f"{url.rstrip('/')}/api/v2/alerts", body, notification.id, own)) for url in self.url]

    def known_to(self) -> str:
        return ", ".join(self.url)


def _alerts(
    alert: Alert, told: Part, notification: Notification, notes: tuple[str, ...], hold: float
) -> list[dict[str, Any]]:  # fmt: skip
    """The alert, and what is over with it: it has other labels when it is more severe, or when its data is back."""
    now = notification.at + notification.late
    past = [alert._replace(severity=alert.was)] if alert.was is not None else []
    past += [alert._replace(severity=alert.back, phase=Phase.UNKNOWN)] if alert.back is not None else []
    over = [_alert(one._replace(ended=now), told, notification, notes, hold) for one in past]
    return [_alert(alert, told, notification, notes, hold), *over]


def _alert(
    alert: Alert, told: Part, notification: Notification, notes: tuple[str, ...], hold: float
) -> dict[str, Any]:  # fmt: skip
    ends = notification.at + notification.late + hold if alert.ended is None else alert.ended
    texts = {
        "summary": told.name, "description": told.description, "note": " ".join(notes),
        "condition": plain(alert.condition, 200), "runbook_url": told.link, "runbook": told.runbook,
        "value": "" if alert.value is None else f"{alert.value:g}", "acknowledge": told.acknowledge,
    }  # fmt: skip
    return {
        "labels": _labels(alert, notification),
        "annotations": {name: text for name, text in texts.items() if text},
        "startsAt": iso(alert.since or notification.at),
        "endsAt": iso(ends),
    }


def _labels(alert: Alert, notification: Notification) -> dict[str, str]:
    """What the alert is known by: nothing in it changes while it lasts, except how severe it is."""
    own = labels(alert._replace(labels=alert.identity))
    own = {re.sub(r"\W", "_", name, flags=re.ASCII): value for name, value in own.items()}
    kind = {"nodata": "true"} if alert.phase is Phase.UNKNOWN else {}
    test = {"test": "true"} if notification.reason is Reason.TEST else {}
    named = {"alertname": plain(alert.rule, 200), "severity": alert.severity.word, **kind, **test}
    return {**{name: value for name, value in own.items() if value and not name[:1].isdigit()}, **named}
