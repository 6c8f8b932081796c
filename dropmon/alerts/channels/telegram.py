"""Telegram, through a bot (https://core.telegram.org/bots/api#sendmessage)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dropmon.alerts.channel import Channel, Letter, post, reading, said
from dropmon.alerts.delivery import Delivery, Verdict, judged, later
from dropmon.alerts.escape import cut, unmentioned
from dropmon.alerts.message import Message, Voice, fitting
from dropmon.alerts.notification import Notification, Reason
from dropmon.rules.addresses import Url
from dropmon.rules.types import Secret
from dropmon.transport import Answer

LARGEST = 4000  # characters, of 4096


class Telegram(Channel):
    """Telegram, through a bot."""

    type: Literal["telegram"] = "telegram"
    token: Secret
    chat: int | str
    url: Url = Field("https://api.telegram.org", description="Another server of its Bot API.")

    def letters(self, notification: Notification, voice: Voice) -> list[Letter]:
        told = fitting(notification, voice, lambda one: len(laid_out(one)) <= LARGEST)
        body = {
            "chat_id": self.chat,
            "text": laid_out(told),
            "link_preview_options": {"is_disabled": True},
            "disable_notification": told.over and notification.reason is not Reason.TEST,
        }
        url = f"{self.url.rstrip('/')}/bot{self.token.get_secret_value()}/sendMessage"
        return [Letter("telegram", post(url, body, notification.id))]

    def judge(self, answer: Answer, at: float) -> Delivery:
        found = reading(answer)
        verdict = judged(answer, at, str(found.get("description", said(answer))))
        wait = found.get("parameters")
        if verdict.verdict is Verdict.RETRY and not verdict.after and isinstance(wait, dict):
            after = wait.get("retry_after")
            return later(verdict.why, float(after)) if isinstance(after, int | float) else verdict
        return verdict

    def known_to(self) -> str:
        return str(self.chat)


def laid_out(told: Message) -> str:
    """The message as text without markup, in which nobody is called."""
    return cut("\n".join([unmentioned(told.title), "", unmentioned(told.text)]), 4096)
