"""Any service that Apprise knows (https://github.com/caronc/apprise)."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import Field

from dropmon.alerts.channel import Channel, Letter
from dropmon.alerts.clocked import within
from dropmon.alerts.delivery import DELIVERED, Delivery, later, refused, unknown
from dropmon.alerts.escape import unmentioned
from dropmon.alerts.message import Message, Voice, message
from dropmon.alerts.notification import Notification
from dropmon.rules.types import Listed, Secret


class Parcel(NamedTuple):
    """What Apprise is given."""

    url: str
    title: str
    body: str
    kind: str  # info, success, warning, failure


class Apprise(Channel):
    """Any of Apprise's hundred services; needs `pip install dropmon[apprise]`."""

    type: Literal["apprise"] = "apprise"
    url: Listed[Secret] = Field(description="Apprise URLs: they hold the credentials.")

    def letters(self, notification: Notification, voice: Voice) -> list[Letter]:
        told = message(notification, voice, 5)
        return [
            Letter(f"service {number}", Parcel(url.get_secret_value(), *laid_out(told)))
            for number, url in enumerate(self.url, 1)
        ]

    def send(self, letter: Letter, at: float) -> Delivery:
        try:
            from apprise import Apprise as Service
        except ImportError:
            return refused("Apprise is not installed: pip install 'dropmon[apprise]'")
        parcel: Parcel = letter.what
        service = Service()
        if not service.add(parcel.url):
            return refused("Apprise does not know this URL")

        def talk() -> bool:
            # body_format makes Apprise escape what the service would read as markup
            done = service.notify(parcel.body, parcel.title, notify_type=parcel.kind, body_format="text")
            return bool(done)

        try:
            return DELIVERED if within(self.timeout, talk) else later("Apprise could not deliver it")
        except TimeoutError as error:
            return unknown(str(error))
        except Exception as error:  # a hundred plug-ins raise what they like
            return later(f"Apprise: {type(error).__name__}: {error}")


def laid_out(told: Message) -> tuple[str, str, str]:
    """Title, text and kind."""
    return (
        unmentioned(told.title),
        unmentioned(told.text),
        "success" if told.well else "info" if told.over else "failure",
    )
