"""Mail through an edge function of Supabase: the project's own, called as the guide does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from dropmon.alerts.channel import Channel, Letter, post, said
from dropmon.alerts.delivery import Delivery, judged, later
from dropmon.alerts.message import Voice, message
from dropmon.alerts.notification import Notification
from dropmon.mailbox import mailbox
from dropmon.rules.addresses import Email, Url
from dropmon.rules.types import Listed, Secret
from dropmon.transport import Answer, Request


class SupabaseFunction(Channel):
    """An edge function that sends the message: POST {to, subject, body}."""

    type: Literal["supabase-function"] = "supabase-function"
    url: Url
    key: Secret
    to: Listed[Email] = ()

    def letters(self, notification: Notification, voice: Voice) -> list[Letter]:
        told = message(notification, voice)
        body = {"subject": told.title, "body": told.text}
        if not self.to:
            return [Letter("function", self.request(body, notification.id))]
        return [Letter(to, self.request({"to": str(mailbox(to)), **body}, f"{notification.id}.{to}")) for to in self.to]

    def request(self, body: Mapping[str, str], id: str) -> Request:
        """What asks the function to send a mail, which is known by its id."""
        key = self.key.get_secret_value()
        headers = [("apikey", key)] if key.startswith("sb_") else [("Authorization", f"Bearer {key}"), ("apikey", key)]
        return post(self.url, body, id, headers)

    def judge(self, answer: Answer, at: float) -> Delivery:
        error = answer.headers.get("sb-error-code") or answer.headers.get("x-relay-error")
        if answer.ok and error:
            return later(f"the function was not reached: {error}")
        return judged(answer, at, said(answer))

    def known_to(self) -> str:
        return ", ".join(self.to)
