"""PagerDuty, Events API v2 (https://developer.pagerduty.com/docs/events-api-v2/overview/)."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, ClassVar, Literal

from pydantic import Field

from dropmon.alerts.channel import Channel, Letter, post
from dropmon.alerts.escape import plain
from dropmon.alerts.message import Part, Voice, message
from dropmon.alerts.notification import Alert, Notification, Phase, Reason, Severity
from dropmon.alerts.payload import finite, iso, labels
from dropmon.rules.addresses import Url
from dropmon.rules.types import Secret
from dropmon.secrets import mask

REGIONS = {"us": "https://events.pagerduty.com", "eu": "https://events.eu.pagerduty.com"}
SEVERITIES = {
    Severity.LOW: "info", Severity.MEDIUM: "warning", Severity.HIGH: "error", Severity.CRITICAL: "critical",
}  # fmt: skip


class PagerDuty(Channel):
    """PagerDuty, Events API v2: each alert opens one of theirs, and closes it."""

    lasting: ClassVar[bool] = True

    type: Literal["pagerduty"] = "pagerduty"
    key: Secret = Field(description="The integration's routing key.")
    region: Literal["us", "eu"] = "us"
    url: Url | None = Field(None, description="Another address of the service: a proxy.")

    def letters(self, notification: Notification, voice: Voice) -> list[Letter]:
        whole = message(notification, voice, len(notification.alerts))
        pairs = zip(notification.alerts, whole.parts, strict=True)
        own = [self._letter(alert, each, notification, whole.notes) for alert, each in pairs]
        return [*own, *(self._back(alert, notification) for alert in notification.alerts if alert.back is not None)]

    def _back(self, alert: Alert, notification: Notification) -> Letter:
        """That its data is back: what was opened for want of it is over."""
        key = dedup(alert._replace(phase=Phase.UNKNOWN), notification)
        return self._post(key, {"event_action": "resolve"}, notification)

    def _letter(self, alert: Alert, told: Part, notification: Notification, notes: tuple[str, ...]) -> Letter:
        key = dedup(alert, notification)
        return self._post(key, event(alert, told, notification, notes), notification)

    def _post(self, key: str, event: dict[str, Any], notification: Notification) -> Letter:
        body = {"routing_key": self.key.get_secret_value(), "dedup_key": key, **event}
        url = (self.url or REGIONS[self.region]).rstrip("/") + "/v2/enqueue"
        return Letter(key, post(url, body, f"{notification.id}.{key}"))


def event(alert: Alert, told: Part, notification: Notification, notes: tuple[str, ...]) -> dict[str, Any]:
    """What PagerDuty is told of one alert; of one that is over only that."""
    if told.over:
        return {"event_action": "resolve"}
    return {
        "event_action": "trigger",
        "client": "dropmon",
        "payload": {
            "summary": " · ".join([told.title, *filter(None, [told.description]), *notes])[:1024],
            "source": plain(notification.platform, 200) or "dropmon",
            "severity": SEVERITIES[alert.severity],
            "timestamp": iso(alert.since or notification.at),
            "class": plain(alert.rule, 200),
            "custom_details": {
                **labels(alert), "value": finite(alert.value), "acknowledge": told.acknowledge,
                "runbook": told.runbook, "notification": notification.id,
            },
        },
        "links": [{"href": told.link, "text": "Runbook"}] if told.link else [],
    }  # fmt: skip


def dedup(alert: Alert, notification: Notification) -> str:
    """What puts the events of one alert together: at most 255 characters. A test stands alone."""
    key = f"test/{notification.id}" if notification.reason is Reason.TEST else f"dropmon/{alert.key}"
    known = key if len(key) <= 250 and key.isascii() and key.isprintable() and mask(key) == key else ""
    kind = "?" if alert.phase is Phase.UNKNOWN else ""  # nothing known is an incident of its own
    return (known or f"dropmon/{sha256(key.encode(errors='replace')).hexdigest()}")[:254] + kind
