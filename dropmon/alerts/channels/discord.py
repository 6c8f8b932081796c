"""Discord (https://discord.com/developers/docs/resources/webhook#execute-webhook)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Literal

from dropmon.alerts.channel import Channel, Letter, post, reading, said
from dropmon.alerts.delivery import Delivery, Verdict, judged, later
from dropmon.alerts.escape import cut, markdown, unmentioned
from dropmon.alerts.message import Message, Part, Voice, fitting
from dropmon.alerts.notification import Notification
from dropmon.alerts.payload import iso
from dropmon.rules.types import Secret
from dropmon.transport import Answer

LARGEST = 5_800  # characters; Discord takes 6000 in all embeds


class Discord(Channel):
    """Discord."""

    type: Literal["discord"] = "discord"
    webhook: Secret

    def letters(self, notification: Notification, voice: Voice) -> list[Letter]:
        told = fitting(notification, voice, lambda one: size(laid_out(one, voice)) <= LARGEST)
        return [Letter("discord", post(self.webhook.get_secret_value(), laid_out(told, voice), notification.id))]

    def judge(self, answer: Answer, at: float) -> Delivery:
        found = judged(answer, at, said(answer))
        if found.verdict is Verdict.RETRY and not found.after:
            with suppress(KeyError, TypeError, ValueError):
                return later(found.why, float(reading(answer)["retry_after"])) if answer.status == 429 else found
        return found


def laid_out(told: Message, voice: Voice) -> dict[str, Any]:
    """The message as embeds. Nobody is mentioned, and no markup is read in what comes from outside."""
    embeds = [_embed(each, voice) for each in told.parts]
    last = {"footer": {"text": cut(unmentioned(told.foot), 2048)}, "timestamp": iso(told.at), "color": told.colour}
    return {
        "content": cut(markdown("\n".join([told.title, *told.notes])), 2000),
        "allowed_mentions": {"parse": []},
        "embeds": [*embeds[:-1], {**embeds[-1], **last}] if embeds else [{"description": "–", **last}],
    }


def _embed(part: Part, voice: Voice) -> dict[str, Any]:
    fields = [*part.facts, *([(voice.say("runbook"), part.runbook)] if part.runbook else [])]
    fields += [(voice.say("acknowledge"), part.acknowledge)] if part.acknowledge else []
    shown = [(cut(name, 256), cut(markdown(value), 1024), len(value) <= 40) for name, value in fields if value]
    link = {"url": part.link} if part.link else {}
    return {
        "title": cut(markdown(part.title), 256),
        **link,
        "description": cut(markdown(part.description), 4096),
        "color": part.colour,
        "fields": [{"name": name, "value": value, "inline": inline} for name, value, inline in shown],
    }


def size(body: dict[str, Any]) -> int:
    """Characters of all embeds, as Discord counts them."""
    return sum(
        len(one.get("title", "")) + len(one.get("description", "")) + len(one.get("footer", {}).get("text", ""))
        + sum(len(field["name"]) + len(field["value"]) for field in one.get("fields", ()))
        for one in body["embeds"]
    )  # fmt: skip
