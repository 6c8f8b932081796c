"""A message as a mail: plain text, and HTML in which nothing is read that comes from outside."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256

from dropmon.alerts.message import Message, Part, Voice
from dropmon.mailbox import Addresses, mailbox


def mail(told: Message, sender: str, to: Sequence[str], voice: Voice) -> EmailMessage:
    """The mail. Its Message-ID is that of the notification: who gets it twice keeps one."""
    letter = EmailMessage()
    letter["Subject"] = told.title
    letter["From"] = Addresses("From", sender)
    letter["To"] = Addresses("To", *to)
    letter["Date"] = format_datetime(datetime.fromtimestamp(told.at, UTC))
    letter["Message-ID"] = f"<{sha256(told.id.encode()).hexdigest()[:40]}@{mailbox(sender).domain}>"
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    letter["X-Dropmon-Id"] = "".join(each if "!" <= each <= "~" else "_" for each in told.id)[:200]
    if told.parts and not told.over:
        letter["X-Priority"] = "1"
    letter.set_content(told.text, cte="quoted-printable")
    letter.add_alternative(page(told, voice), subtype="html", cte="quoted-printable")
    return letter


def page(told: Message, voice: Voice) -> str:
    """The mail in HTML: no script, no picture, nothing from elsewhere."""
    notes = "".join(f"<p><b>{html.escape(note)}</b></p>" for note in told.notes)
    parts = "".join(_part(each, voice) for each in told.parts)
    foot = f'<p style="color:#666;font-size:12px">{html.escape(told.foot)}</p>'
    return f'<!doctype html><html><body style="font-family:sans-serif">{notes}{parts}{foot}</body></html>\n'


def _part(part: Part, voice: Voice) -> str:
    rows = [(name, html.escape(value)) for name, value in part.facts]
    if part.runbook:
        shown = html.escape(part.runbook)
        rows.append((voice.say("runbook"), f'<a href="{html.escape(part.link)}">{shown}</a>' if part.link else shown))
    if part.acknowledge:
        rows.append((voice.say("acknowledge"), f"<code>{html.escape(part.acknowledge)}</code>"))
    cells = "".join(
        f'<tr><td style="color:#666;padding-right:12px">{html.escape(name)}</td><td>{value}</td></tr>\n'
        for name, value in rows
    )
    return (
        f'<div style="border-left:4px solid #{part.colour:06x};padding-left:12px;margin:12px 0">\n'
        f'<h3 style="margin:0">{html.escape(part.title)}</h3>\n<p>{html.escape(part.description)}</p>\n'
        f"<table>{cells}</table></div>\n"
    )
