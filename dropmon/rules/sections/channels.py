"""`channels:` the ways of telling somebody. An entry named after its type need not say it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from dropmon.rules.addresses import Email, Phone, Url
from dropmon.rules.sections.alerts import Severity
from dropmon.rules.types import Duration, Header, Listed, Rate, Secret, Section


class Channel(Section):
    """What every channel has in common."""

    severities: Listed[Severity] = Field((), description="Only these; default: all.")
    resolved: bool = Field(True, description="Says also that it is over.")
    fallback: str | None = Field(None, description="The channel that is tried when this one fails for good.")
    limit: Rate | None = Field(None, description="More than this is bundled into one message.")
    timeout: Duration = Field(30.0, description="A slow receiver is not a failed one: too short means twice.")


class Slack(Channel):
    """Slack: an incoming webhook, or a bot's token and a channel."""

    type: Literal["slack"] = "slack"
    webhook: Secret | None = None
    token: Secret | None = None
    channel: str | None = Field(None, description="With `token`: C0123… or #ops.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.webhook is None) == (self.token is None or self.channel is None):
            raise ValueError("Slack needs either 'webhook', or 'token' and 'channel'")
        return self


class Twilio(Channel):
    """SMS."""

    type: Literal["twilio"] = "twilio"
    account: str = Field(description="Account SID: AC…")
    token: Secret
    key: str | None = Field(None, description="API key SID (SK…), when `token` is its secret.")
    from_: str = Field(alias="from", description="A number, a sender id, or a messaging service (MG…).")
    to: Listed[Phone]


class SupabaseFunction(Channel):
    """An edge function that sends the message: POST {to, subject, body}."""

    type: Literal["supabase-function"] = "supabase-function"
    url: Url
    key: Secret
    to: Listed[Email] = ()


class Smtp(Channel):
    """Mail."""

    type: Literal["smtp", "email"] = "smtp"
    host: str
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] | None = Field(None, description="Default: tls on 465, else starttls.")
    username: str | None = None
    password: Secret | None = None
    from_: Email = Field(alias="from")
    to: Listed[Email]


class Webhook(Channel):
    """JSON to an address of yours, signed as Standard Webhooks are."""

    type: Literal["webhook"] = "webhook"
    url: Url
    secret: Secret | None = Field(None, description="Signs every message.")
    headers: dict[str, Header] = Field({}, description="Sent with every message.")


class PagerDuty(Channel):
    """PagerDuty, Events API v2."""

    type: Literal["pagerduty"] = "pagerduty"
    key: Secret = Field(description="The integration's routing key.")
    region: Literal["us", "eu"] = "us"


class Alertmanager(Channel):
    """Prometheus' Alertmanager, which then tells whom it knows."""

    type: Literal["alertmanager"] = "alertmanager"
    url: Listed[Url] = Field(description="One, or every member of the cluster.")
    headers: dict[str, Header] = Field({}, description="Sent with every message.")


class Teams(Channel):
    """Microsoft Teams, through a workflow's webhook."""

    type: Literal["teams"] = "teams"
    webhook: Secret


class Discord(Channel):
    """Discord."""

    type: Literal["discord"] = "discord"
    webhook: Secret


class Ntfy(Channel):
    """ntfy: push to a telephone."""

    type: Literal["ntfy"] = "ntfy"
    url: Url = "https://ntfy.sh"
    topic: Secret = Field(description="Whoever knows it can read along.")
    token: Secret | None = None


class Telegram(Channel):
    """Telegram, through a bot."""

    type: Literal["telegram"] = "telegram"
    token: Secret
    chat: int | str


class Apprise(Channel):
    """Any of Apprise's hundred services."""

    type: Literal["apprise"] = "apprise"
    url: Listed[Secret] = Field(description="Apprise URLs: they hold the credentials.")


AnyChannel = (
    Slack | Twilio | SupabaseFunction | Smtp | Webhook | PagerDuty | Alertmanager
    | Teams | Discord | Ntfy | Telegram | Apprise
)  # fmt: skip
TYPES = frozenset({
    "slack", "twilio", "supabase-function", "smtp", "email", "webhook", "pagerduty", "alertmanager", "teams", "discord",
    "ntfy", "telegram", "apprise",
})  # fmt: skip


def named(channels: Any) -> Any:
    """Gives an entry without `type` the type it is named after.

    >>> named({"slack": {}, "ops": {}})
    {'slack': {'type': 'slack'}, 'ops': {}}
    """
    if not isinstance(channels, dict):
        return channels
    return {
        name: {"type": name, **entry} if isinstance(entry, dict) and name in TYPES else entry
        for name, entry in channels.items()
    }


SHAPE = Annotated[dict[str, Annotated[AnyChannel, Field(discriminator="type")]], BeforeValidator(named)]
empty = dict[str, Channel]
