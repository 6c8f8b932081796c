"""Microsoft Teams, through a workflow's webhook (https://adaptivecards.io/explorer/, version 1.4)."""

from __future__ import annotations

from typing import Any, Literal

from dropmon.alerts.channel import Channel, Letter, compact, post
from dropmon.alerts.message import Message, Part, Voice, fitting
from dropmon.alerts.notification import Notification
from dropmon.rules.types import Secret

LARGEST = 24_000  # bytes; Teams takes 28 KB
KIND = "application/vnd.microsoft.card.adaptive"


class Teams(Channel):
    """Microsoft Teams, through a workflow's webhook."""

    type: Literal["teams"] = "teams"
    webhook: Secret

    def letters(self, notification: Notification, voice: Voice) -> list[Letter]:
        told = fitting(notification, voice, lambda one: len(compact(card(one, voice))) <= LARGEST)
        return [Letter("teams", post(self.webhook.get_secret_value(), card(told, voice), notification.id))]


def card(told: Message, voice: Voice) -> dict[str, Any]:
    """The message as a card. A TextRun reads no Markdown, unlike a TextBlock."""
    body = [_rich(_run(note, weight="Bolder")) for note in told.notes]
    for each in told.parts:
        body += _part(each, voice)
    body.append(_rich(_run(told.foot, size="Small", isSubtle=True)))
    links = [each for each in told.parts if each.link]
    content: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "full"},
        "fallbackText": told.title,
        "body": body,
        "actions": [{"type": "Action.OpenUrl", "title": voice.say("runbook"), "url": each.link} for each in links[:5]],
    }
    return {"type": "message", "attachments": [{"contentType": KIND, "contentUrl": None, "content": content}]}


def _part(part: Part, voice: Voice) -> list[dict[str, Any]]:
    colour = "Good" if part.well else "Attention"
    facts = [*part.facts, *([(voice.say("runbook"), part.runbook)] if part.runbook else [])]
    facts += [(voice.say("acknowledge"), part.acknowledge)] if part.acknowledge else []
    rows = [_rich(_run(f"{name}: ", weight="Bolder"), _run(value)) for name, value in facts]
    text = [_rich(_run(part.description))] if part.description else []
    return [_rich(_run(part.title, size="Medium", weight="Bolder", color=colour)), *text, *rows]


def _rich(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": list(runs)}


def _run(text: str, **looks: Any) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **looks}
