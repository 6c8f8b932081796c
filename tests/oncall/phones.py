"""Somebody's phone, mail and Slack on loopback: what arrived where, and how the servers answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from aiosmtpd.controller import Controller

from dropmon.alerts.notification import Alert, Notification, Phase, Reason, Severity
from dropmon.rules import Rules, load
from tests.alerts.channels.receiver import Receiver, Reply, Seen, free_port, receiving

PEOPLE = """
    ann: {name: Ann, phone: "+33600000001", email: ann@example.com, slack: U01}
    bob: {name: Bob, phone: "+33600000002", email: bob@example.com}
    carol: {name: Carol, email: carol@example.com}
"""
ROTATION = "[{primary: ann, backup: bob}, {primary: bob, backup: carol}, {primary: carol, backup: ann}]"
NONE = Reply(200, b'{"messages": []}')
QUEUED = Reply(201, b'{"sid": "SM1", "status": "queued"}')
PARIS = ZoneInfo("Europe/Paris")


@dataclass(slots=True)
class Phones:
    """All that rings."""

    folder: Path
    http: Receiver
    port: int = 0
    sms: Reply = QUEUED
    listed: Reply = NONE  # the SMS that were sent
    slack: Reply = field(default_factory=Reply)
    mail: str = "250 OK"
    busy: str = ""  # a phone for which there is no room now
    arrived: list[tuple[str, str]] = field(default_factory=list)  # at whom, and what

    def answer(self, seen: Seen, _number: int) -> Reply:
        if seen.path.startswith("/slack"):
            text = seen.json["text"]
            self._came(self.slack, text.split(">")[0] + ">" if text.startswith("<@") else "slack", text)
            return self.slack
        if seen.method == "GET":
            return self.listed
        form = parse_qs(seen.body.decode())
        reply = Reply(429) if form["To"][0] == self.busy else self.sms
        self._came(reply, form["To"][0], form["Body"][0])
        return reply

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        letter = message_from_bytes(envelope.content, policy=policy.default)
        body = letter.get_body(("plain",))
        assert body
        (whom,) = envelope.rcpt_tos
        self._came(Reply(200 if self.mail.startswith("250") else 500), whom, body.get_content())
        return self.mail

    def _came(self, reply: Reply, whom: str, what: str) -> None:
        if reply.status < 300:
            self.arrived.append((whom, what))

    @property
    def whom(self) -> list[str]:
        return sorted(whom for whom, _ in self.arrived)

    def rules(self, people: str = PEOPLE, rotation: str = ROTATION, more: str = "", channels: str = "") -> Rules:
        path = self.folder / "rules.yaml"
        path.write_text(
            "platform: {name: Shop, timezone: Europe/Paris, language: en}\nstorage: history.db\nchannels:\n"
            f"  slack: {{webhook: '{self.http.url}/slack'}}\n"
            f"  sms: {{account: AC1, token: planted, from: Shop, to: '+33999999999', api: '{self.http.url}'}}\n"
            f"  smtp: {{host: 127.0.0.1, port: {self.port}, security: none, from: o@example.com, to: o@example.com}}\n"
            f"{channels}oncall:\n  start: 2026-01-05\n  people: {people}\n  rotation: {rotation}\n{more}"
        )
        return load(path)


@contextmanager
def ringing(folder: Path) -> Iterator[Phones]:
    """Servers, until the end of the block."""
    with receiving(lambda seen, number: phones.answer(seen, number)) as http:
        phones = Phones(folder, http)
        controller = Controller(phones, hostname="127.0.0.1", port=free_port())
        controller.start()
        phones.port = controller.port
        try:
            yield phones
        finally:
            controller.stop()


def message(at: float, channel: str = "oncall", severity: Severity = Severity.CRITICAL, id: str = "1") -> Notification:
    """Something is down."""
    alert = Alert("api_down", "Stripe is down", severity, Phase.FIRING, since=at)
    return Notification(id, channel, Reason.FIRST, (alert,), at, "Shop")
