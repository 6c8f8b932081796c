"""A report as a mail: plain text, and HTML without anything from elsewhere. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from dropmon.mailbox import Addresses, mailbox
from dropmon.output.harmless import clean
from dropmon.output.page import page_plain
from dropmon.reports.html import document
from dropmon.reports.sections import page
from dropmon.reports.writer import Writer

LARGEST = 102_000  # bytes: of a longer one Gmail shows the beginning only


def mail(writer: Writer, sender: str, to: Sequence[str], message: str) -> EmailMessage:
    """The mail; multipart/alternative, the text first."""
    letter = EmailMessage(policy=SMTP)
    letter["Subject"] = subject(writer)
    letter["From"] = Addresses("From", sender)
    letter["To"] = Addresses("To", *to)
    letter["Date"] = format_datetime(datetime.fromtimestamp(writer.report.made, UTC))
    letter["Message-ID"] = message
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    letter["List-Id"] = f"<{writer.report.period.kind}-report.dropmon.{mailbox(sender).domain}>"
    letter["Content-Language"] = writer.language
    letter.set_content(plain(writer), cte="quoted-printable")
    letter.add_alternative(document(writer), subtype="html", cte="quoted-printable")
    return letter


def plain(writer: Writer) -> str:
    """The whole report as text."""
    return "".join(page_plain(page(writer)))


def subject(writer: Writer) -> str:
    return clean(f"{writer.title}: {writer.headline}")


def message_id(kind: str, period: str, to: Sequence[str], sender: str, turn: str = "") -> str:
    """The same for the same report to the same people: who gets it twice keeps one. One that is sent anew has a turn.

    >>> one = message_id("weekly", "2026-W47", ["b@x.y", "a@x.y"], "ops@example.com")
    >>> one == message_id("weekly", "2026-W47", ["a@x.y", "b@x.y"], "ops@example.com"), one[-13:]
    (True, '@example.com>')
    """
    known = "\n".join(("dropmon report", kind, period, *sorted(to), turn))
    return f"<{sha256(known.encode()).hexdigest()[:40]}@{mailbox(sender).domain}>"
