"""ntfy (https://docs.ntfy.sh/publish/#publish-as-json)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from dropmon.alerts.channel import Channel, Letter, post
from dropmon.alerts.escape import cut, cut_bytes
from dropmon.alerts.message import Message, Voice, fitting
from dropmon.alerts.notification import Notification, Severity
from dropmon.rules.addresses import Url
from dropmon.rules.types import Secret

LARGEST = 4000  # bytes; what is longer than 4096 becomes an attachment
PRIORITIES = {Severity.LOW: 2, Severity.MEDIUM: 3, Severity.HIGH: 4, Severity.CRITICAL: 5}


class Ntfy(Channel):
    """ntfy: push to a telephone."""

    type: Literal["ntfy"] = "ntfy"
    url: Url = "https://ntfy.sh"
    topic: Secret = Field(description="Whoever knows it can read along.")
    token: Secret | None = None

    def letters(self, notification: Notification, voice: Voice) -> list[Letter]:
        told = fitting(notification, voice, lambda one: len(one.text.encode()) <= LARGEST)
        body = {"topic": self.topic.get_secret_value(), **laid_out(told, notification.severity)}
        bearer = [("Authorization", f"Bearer {self.token.get_secret_value()}")] if self.token else []
        return [Letter("ntfy", post(self.url, body, notification.id, bearer))]


def laid_out(told: Message, severity: Severity) -> dict[str, Any]:
    """The message as JSON; a text that asks for no markup is shown as it is."""
    link = next((each.link for each in told.parts if each.link), "")
    return {
        "title": cut(told.title, 240),
        "message": cut_bytes(told.text, LARGEST),
        "priority": 3 if told.over else PRIORITIES[severity],
        "tags": ["white_check_mark" if told.well else "grey_question" if told.over else "rotating_light"],
        **({"click": link} if link else {}),
    }
