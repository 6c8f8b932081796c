"""JSON to an address of one's own (https://github.com/standard-webhooks/standard-webhooks, specification 1.0)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from contextlib import suppress
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from dropmon.alerts.channel import ANSWER, Channel, Letter, compact, header, unheard
from dropmon.alerts.delivery import Delivery
from dropmon.alerts.message import Message, Voice, fitting
from dropmon.alerts.notification import Notification
from dropmon.alerts.payload import payload
from dropmon.errors import TransportError
from dropmon.rules.addresses import Url
from dropmon.rules.types import Header, Secret
from dropmon.secrets import remember
from dropmon.transport import Request, exchange

LARGEST = 20_000  # bytes: what the specification asks a payload to stay below
PREFIX = "whsec_"
KEY = 16  # characters that are no word


def guarded(address: str) -> str:
    """The address, of which all that may prove who asks is a secret from now on: the path's end, and the query."""
    parts = urlsplit(address)
    _, slash, rest = parts.path.lstrip("/").partition("/")
    for each in (
        slash + rest,
        f"?{parts.query}",
        *(part for part in (rest, *parts.query.split("=")) if len(part) >= KEY),
    ):
        if len(each) > 1:
            remember(each)
    return address


class Webhook(Channel):
    """JSON to an address of yours, signed as Standard Webhooks are."""

    type: Literal["webhook"] = "webhook"
    url: Annotated[Url, AfterValidator(guarded)]
    secret: Secret | None = Field(None, description="Signs every message.")
    headers: dict[str, Header] = Field({}, description="Sent with every message.")

    def letters(self, notification: Notification, voice: Voice) -> list[Letter]:
        def fits(told: Message) -> bool:
            return len(compact(payload(notification, told))) <= LARGEST

        body = compact(payload(notification, fitting(notification, voice, fits)))
        own = tuple((name, value.get_secret_value()) for name, value in self.headers.items())
        ids = (("webhook-id", header(notification.id)), ("Idempotency-Key", header(notification.id)))
        headers = (("Content-Type", "application/json"), *ids, *own)
        return [Letter("webhook", Request(self.url, headers=headers, method="POST", body=body))]

    def send(self, letter: Letter, at: float) -> Delivery:
        """A signature is good for five minutes: it is made when the letter is sent."""
        request: Request = letter.what
        stamp = ("webhook-timestamp", str(int(at)))
        names = {name.lower(): text for name, text in request.headers}
        headers = (*request.headers, stamp)
        if self.secret:
            signed = signature(self.secret.get_secret_value(), names["webhook-id"], int(at), request.body or b"")
            headers = (*headers, ("webhook-signature", signed))
        try:
            return self.judge(exchange(request._replace(headers=headers), self.timeout, ANSWER), at)
        except TransportError as error:
            return unheard(error)


def signature(secret: str, id: str, at: int, body: bytes) -> str:
    """The signature of a body.

    >>> signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
    ...           b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = hmac.new(_key(secret), f"{id}.{at}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(signed.digest()).decode()


def _key(secret: str) -> bytes:
    """The bytes of a secret; one that is not written as the specification does is taken as it is."""
    if secret.startswith(PREFIX):
        with suppress(binascii.Error):
            return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    return secret.encode()
