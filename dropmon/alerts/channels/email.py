"""Mail through a server of one's own."""

from __future__ import annotations

from contextlib import suppress
from smtplib import SMTPException
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from dropmon.alerts.channel import Channel, Letter
from dropmon.alerts.clocked import within
from dropmon.alerts.delivery import DELIVERED, Delivery, later, refused, unknown
from dropmon.alerts.mail import mail
from dropmon.alerts.message import Voice, message
from dropmon.alerts.notification import Notification
from dropmon.mailbox import mailbox
from dropmon.rules.addresses import Email
from dropmon.rules.types import Listed, Secret

if TYPE_CHECKING:
    import smtplib

CONNECTING, SENDING, SENT = "connecting", "sending", "sent"


class Smtp(Channel):
    """Mail, encrypted on its way unless `security: none` is written."""

    type: Literal["smtp", "email"] = "smtp"
    host: str
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] | None = Field(None, description="Default: tls on 465, else starttls.")
    ca: str | None = Field(None, description="A file of certificates to trust besides the system's.")
    username: str | None = None
    password: Secret | None = None
    from_: Email = Field(alias="from")
    to: Listed[Email]

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("'username' and 'password' belong together")
        return self

    def letters(self, notification: Notification, voice: Voice) -> list[Letter]:
        told = mail(message(notification, voice), self.from_, self.to, voice)
        return [Letter(mailbox(to).address, told) for to in self.to]

    def send(self, letter: Letter, at: float) -> Delivery:
        steps = [CONNECTING]
        try:
            within(self.timeout, lambda: self._talk(letter, steps))
        except (OSError, SMTPException, ValueError) as error:  # what goes wrong at the farewell does not matter
            return DELIVERED if steps[-1] == SENT else self._failed(error, steps[-1])
        return DELIVERED

    def _talk(self, letter: Letter, steps: list[str]) -> None:
        with self._connected() as server:
            if self.username and self.password:
                steps.append("logging in")
                server.login(self.username, self.password.get_secret_value())
            steps.append(SENDING)
            server.send_message(letter.what, mailbox(self.from_).address, [letter.to])
            steps.append(SENT)

    def _failed(self, error: Exception, step: str) -> Delivery:
        """What an error at a step means for the mail."""
        import smtplib
        import ssl

        what = f"{self.host}:{self.port}: {step} failed"
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            return _replied(*next(iter(error.recipients.values())), what)
        if isinstance(error, smtplib.SMTPResponseException):
            return _replied(error.smtp_code, error.smtp_error, what)
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return refused(f"{what}: {error}")
        if isinstance(error, ssl.SSLCertVerificationError):
            return later(f"{what}: the certificate is not trusted: {error.verify_message}")
        why = f"{what}: {str(error) or type(error).__name__}"
        return unknown(why) if step == SENDING else later(why)._replace(reached=step != CONNECTING)

    def known_to(self) -> str:
        return ", ".join(self.to)

    def _connected(self) -> smtplib.SMTP:
        """A connection that is encrypted, unless the rules want none. It is closed when that fails."""
        import smtplib
        import ssl

        security = self.security or ("tls" if self.port == 465 else "starttls")
        trust = ssl.create_default_context()
        if self.ca:
            trust.load_verify_locations(self.ca)
        if security == "tls":
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=trust)
        server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            if security == "starttls":
                server.starttls(context=trust)
        except BaseException:
            with suppress(OSError):
                server.close()
            raise
        return server


def _replied(code: int, text: object, what: str) -> Delivery:
    """A reply of a mail server: 4yz may end otherwise later, 5yz will not (RFC 5321 §4.2.1)."""
    said = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    why = f"{what}: {code} {' '.join(said.split())[:200]}"
    return refused(why) if 500 <= code < 600 else later(why)
