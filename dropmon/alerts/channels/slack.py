"""Slack (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks)."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from dropmon.alerts.channel import Channel, Letter, post, reading, said
from dropmon.alerts.delivery import Delivery, judged, later, refused
from dropmon.alerts.escape import slack
from dropmon.alerts.message import Message, Part, Voice, message
from dropmon.alerts.notification import Notification
from dropmon.rules.addresses import Url
from dropmon.rules.types import Secret
from dropmon.transport import Answer

PASSING = frozenset({"ratelimited", "rate_limited", "rollup_error", "fatal_error", "internal_error", "request_timeout",
                     "service_unavailable", "message_limit_exceeded"})  # fmt: skip


class Slack(Channel):
    """Slack: an incoming webhook, or a bot's token and a channel."""

    type: Literal["slack"] = "slack"
    webhook: Secret | None = None
    token: Secret | None = None
    channel: str | None = Field(None, description="With `token`: C0123… or #ops.")
    api: Url = Field("https://slack.com/api", description="With `token`: where Slack's methods are.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.webhook is None) == (self.token is None or self.channel is None):
            raise ValueError("Slack needs either 'webhook', or 'token' and 'channel'")
        return self

    def letters(self, notification: Notification, voice: Voice) -> list[Letter]:
        body = laid_out(message(notification, voice), voice)
        if self.webhook:
            return [Letter("slack", post(self.webhook.get_secret_value(), body, notification.id))]
        assert self.token is not None
        bearer = ("Authorization", f"Bearer {self.token.get_secret_value()}")
        whole = {"channel": self.channel, **body}
        return [Letter("slack", post(f"{self.api.rstrip('/')}/chat.postMessage", whole, notification.id, [bearer]))]

    def judge(self, answer: Answer, at: float) -> Delivery:
        if answer.ok and self.token:  # a method that failed says so with 200
            found = reading(answer)
            error = str(found.get("error", "no answer of Slack's"))
            if not found.get("ok"):
                return later(error, answer.retry(at) or 0.0) if error in PASSING else refused(error)
        return judged(answer, at, said(answer))

    def known_to(self) -> str:
        return self.channel or "webhook"


def laid_out(told: Message, voice: Voice) -> dict[str, Any]:
    """The message as Slack shows it. No markup is read in what comes from outside, nobody is mentioned."""
    text = "\n".join([told.title, *told.notes])
    return {
        "text": slack(text),
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
        "attachments": [
            *(_attachment(each, voice) for each in told.parts),
            {"color": f"#{told.colour:06x}", "mrkdwn_in": [], "footer": slack(told.foot), "fallback": slack(told.foot)},
        ],
    }


def _attachment(part: Part, voice: Voice) -> dict[str, Any]:
    fields = [{"title": slack(name), "value": slack(value), "short": len(value) <= 40} for name, value in part.facts]
    if part.runbook:
        fields.append({"title": voice.say("runbook"), "value": slack(part.runbook), "short": False})
    if part.acknowledge:
        fields.append({"title": voice.say("acknowledge"), "value": slack(part.acknowledge), "short": False})
    link = {"title_link": part.link} if part.link else {}
    return {
        "color": f"#{part.colour:06x}",
        "fallback": slack(part.title),
        "title": slack(part.title),
        **link,
        "text": slack(part.description),
        "fields": fields,
        "mrkdwn_in": [],
    }
