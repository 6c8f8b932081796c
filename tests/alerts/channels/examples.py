"""Notifications, and one channel of every kind."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from dropmon.alerts.channel import Channel
from dropmon.alerts.channels import kinds
from dropmon.alerts.message import Voice
from dropmon.alerts.notification import Alert, Notification, Phase, Reason, Severity

AT = 1795427460.0  # 2026-11-23 09:51:00 UTC
ENGLISH = Voice("en", ZoneInfo("UTC"))
FRENCH = Voice("fr", ZoneInfo("Europe/Paris"))

ERRORS = Alert(
    rule="high_error_rate",
    name="Taux d'erreur élevé",
    severity=Severity.CRITICAL,
    phase=Phase.FIRING,
    labels={"function": "checkout", "kind": "functions"},
    value=7.25,
    since=AT - 420,
    description="Plus de 1 % des appels échouent",
    condition="error_rate > 1",
    runbook="https://ops.example/r/high-error-rate",
    flaps=3,
)
SLOW = Alert(
    rule="slow_response",
    name="Slow answers",
    severity=Severity.HIGH,
    phase=Phase.FIRING,
    value=1480.0,
    since=AT - 60,
    condition="avg_response_time > 1000",
    runbook="slow-response",
)
OVER = ERRORS._replace(phase=Phase.RESOLVED, value=0.5, ended=AT - 10)
FIRST = Notification("msg_first", "ops", Reason.FIRST, (ERRORS,), AT, "Drop Craft AI")
NOTIFICATIONS = {
    "first": FIRST,
    "resolved": FIRST._replace(id="msg_resolved", reason=Reason.RESOLVED, alerts=(OVER,)),
    "several_late": FIRST._replace(
        id="msg_several", alerts=(ERRORS, SLOW), late=3720.0, fallback_of="slack", failure="404 Not Found: no_service",
        reason=Reason.DELIVERY,
    ),
    "unknown": FIRST._replace(
        id="msg_unknown", reason=Reason.UNKNOWN, alerts=(SLOW._replace(phase=Phase.UNKNOWN, value=None),)
    ),
}  # fmt: skip

ENTRIES: dict[str, dict[str, Any]] = {
    "slack": {"webhook": "https://hooks.slack.example/services/T0/B0/planted-slack"},
    "twilio": {"account": "AC0", "token": "planted-twilio", "from": "+33987654321", "to": ["+33612345678"]},
    "supabase-function": {"url": "https://x.supabase.example/functions/v1/send", "key": "planted-edge",
                          "to": ["ops@example.com"]},
    "smtp": {"host": "smtp.example.com", "username": "u", "password": "planted-smtp", "from": "Ops <ops@example.com>",
             "to": ["a@example.com", "b@example.com"]},
    "webhook": {"url": "https://example.com/hook", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
    "pagerduty": {"key": "planted-pagerduty"},
    "alertmanager": {"url": ["http://am1:9093", "http://am2:9093"]},
    "teams": {"webhook": "https://x.logic.example/planted-teams"},
    "discord": {"webhook": "https://discord.example/api/webhooks/1/planted-discord"},
    "github": {"repository": "drop-craft/ops", "token": "planted-github", "labels": ["incident"]},
    "gitlab": {"project": "drop-craft/ops", "token": "planted-gitlab"},
    "ntfy": {"topic": "planted-ntfy", "token": "tk_planted"},
    "telegram": {"token": "1:planted-telegram", "chat": -100},
    "apprise": {"url": ["json://localhost:1/planted-apprise"]},
}  # fmt: skip


def channel(kind: str, **more: Any) -> Channel:
    """A channel as the rules would give it."""
    return kinds()[kind].model_validate({"type": kind, **ENTRIES[kind], **more})
