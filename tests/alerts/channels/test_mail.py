"""Mail, to a real server with STARTTLS, a login and moods."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from dropmon.alerts.delivery import Delivery, Verdict
from tests.alerts.channels.examples import AT, ENGLISH, FIRST, channel
from tests.alerts.channels.receiver import free_port


@dataclass(slots=True)
class Inbox:
    """What arrived, and how the server answers."""

    port: int = 0
    rcpt: str = ""  # what it says to a recipient instead of 250
    data: str = "250 OK"
    mails: list[tuple[list[str], bytes]] = field(default_factory=list)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data.startswith("250"):
            self.mails.append((envelope.rcpt_tos, envelope.content))
        return self.data


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@contextmanager
def serving(authority: trustme.CA, **more: Any) -> Iterator[Inbox]:
    """A mail server that takes nothing before STARTTLS and a login."""
    inbox = Inbox(**more)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)

    def login(_server: Any, _session: Any, _envelope: Any, _mechanism: Any, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"planted-smtp", handled=False)

    controller = Controller(
        inbox, hostname="127.0.0.1", port=free_port(), tls_context=context, require_starttls=True,
        authenticator=login, auth_required=True,
    )  # fmt: skip
    controller.start()
    inbox.port = controller.port
    try:
        yield inbox
    finally:
        controller.stop()


def tell(authority: trustme.CA, tmp_path: Path, port: int, **more: Any) -> Delivery:
    """What became of a mail to the first of two recipients."""
    (tmp_path / "ca.pem").write_bytes(authority.cert_pem.bytes())
    usual = {"host": "localhost", "port": port, "ca": str(tmp_path / "ca.pem"), "timeout": "9s"}
    one = channel("smtp", **{**usual, **more})
    return one.send(one.letters(FIRST, ENGLISH)[0], AT)


def test_a_mail_arrives_encrypted_and_whole(authority: trustme.CA, tmp_path: Path) -> None:
    with serving(authority) as inbox:
        assert tell(authority, tmp_path, inbox.port).ok
    ((to, content),) = inbox.mails
    mail = message_from_bytes(content, policy=policy.default)
    assert to == ["a@example.com"]
    assert mail["Subject"] == "[CRITICAL] Taux d'erreur élevé"
    assert "Plus de 1 % des appels échouent" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert mail["Message-ID"] == "<465109a9120f94beff45f9206c22747c33911a82@example.com>"


@pytest.mark.parametrize(
    ("mood", "more", "verdict", "why"),
    [
        ({"rcpt": "550 no such user"}, {}, Verdict.REFUSED, "550 no such user"),
        ({"rcpt": "450 greylisted"}, {}, Verdict.RETRY, "450 greylisted"),
        ({"data": "552 too much"}, {}, Verdict.REFUSED, "552 too much"),
        ({"data": "451 try later"}, {}, Verdict.RETRY, "451 try later"),
        ({"data": "421 going down"}, {}, Verdict.RETRY, "421 going down"),
        ({}, {"password": "wrong-planted"}, Verdict.REFUSED, "logging in failed: 535"),
        ({}, {"security": "none", "username": None, "password": None}, Verdict.REFUSED, "530"),
        ({}, {"security": "tls"}, Verdict.RETRY, "connecting failed"),
        ({}, {"ca": None}, Verdict.RETRY, "the certificate is not trusted"),
        ({}, {"host": "127.0.0.1"}, Verdict.RETRY, "the certificate is not trusted"),
    ],
)
def test_what_a_server_says_is_understood(
    authority: trustme.CA, tmp_path: Path, mood: dict[str, str], more: dict[str, Any], verdict: Verdict, why: str
) -> None:
    with serving(authority, **mood) as inbox:
        found = tell(authority, tmp_path, inbox.port, **more)
    assert found.verdict is verdict, found
    assert why in found.why
    assert "planted" not in found.why
    assert inbox.mails == []


@contextmanager
def speaking(*lines: bytes) -> Iterator[int]:
    """A server that says these lines, one after each of the client's, and then nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as said:
                for line in lines:
                    if line == b"reset":
                        return
                    connection.sendall(line + b"\r\n")
                    while line.startswith(b"354") and said.readline() not in (b".\r\n", b""):
                        pass
                    if not line.startswith(b"354"):
                        said.readline()
                said.read()

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


HELLO = (b"220 x", b"250 x")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        ((), Verdict.RETRY),  # it hangs from the beginning: nothing was said
        ((b"reset",), Verdict.RETRY),
        ((b"554 no service",), Verdict.REFUSED),
        ((b"421 later",), Verdict.RETRY),
        ((*HELLO, b"250 ok", b"250 ok", b"354 go", b"reset"), Verdict.UNKNOWN),  # the answer to the mail is lost
        ((*HELLO, b"250 ok", b"250 ok", b"354 go"), Verdict.UNKNOWN),
        ((*HELLO, b"250 ok", b"250 ok", b"354 go", b"250 taken", b"reset"), Verdict.DELIVERED),  # only the farewell
        ((*HELLO, b"250 ok", b"250 ok", b"354 go", b"250 taken"), Verdict.DELIVERED),
    ],
)
def test_a_lost_answer_is_no_answer(
    authority: trustme.CA, tmp_path: Path, lines: tuple[bytes, ...], verdict: Verdict
) -> None:
    plain: dict[str, Any] = {"security": "none", "username": None, "password": None, "timeout": "700ms"}
    with speaking(*lines) as port:
        assert tell(authority, tmp_path, port, **plain).verdict is verdict


def test_nothing_is_sent_where_encryption_is_missing(authority: trustme.CA, tmp_path: Path) -> None:
    with speaking(*HELLO, b"250 x") as port:
        found = tell(authority, tmp_path, port)
    assert found.verdict is Verdict.REFUSED
    assert "STARTTLS" in found.why
