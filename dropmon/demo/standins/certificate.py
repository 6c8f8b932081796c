"""A server whose certificate can end: the key and the certificates are the demo's own, and worth nothing elsewhere."""

from __future__ import annotations

import socket
import ssl
from importlib.resources import files
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, ClassVar

from dropmon.demo.standin import Fault, Standin

if TYPE_CHECKING:
    from pathlib import Path
    from socketserver import TCPServer


class Conversation(StreamRequestHandler):
    """Shakes hands with whoever trusts the certificate, and waits until they hang up."""

    timeout = 30
    request: ssl.SSLSocket

    def handle(self) -> None:
        self.request.do_handshake()
        self.request.recv(1)


class Listener(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, standin: Certificate, port: int) -> None:
        self.standin = standin
        super().__init__(("127.0.0.1", port), Conversation)

    def get_request(self) -> tuple[socket.socket, object]:
        plain, address = super().get_request()
        return self.standin.context().wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: object, client_address: object) -> None:
        """Who does not trust the certificate is no news."""


class Certificate(Standin):
    """The shop's TLS."""

    name: ClassVar[str] = "certificate"
    scheme: ClassVar[str] = "https"
    ways: ClassVar[tuple[Fault, ...]] = (Fault.EXPIRED,)

    @property
    def authorities(self) -> Path:
        """The file of those who signed it: itself."""
        return self.stage.folder / "certificate.pem"

    def open(self, port: int = 0) -> None:
        text = (files("dropmon.demo") / "certificates" / "good.pem").read_text()
        self.authorities.write_text(text.partition("-----BEGIN EC")[0])
        super().open(port)

    def listen(self, port: int) -> TCPServer:
        return Listener(self, port)

    def context(self) -> ssl.SSLContext:
        """With the certificate of the moment."""
        name = "expired" if self.fault is Fault.EXPIRED else "good"
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(str(files("dropmon.demo") / "certificates" / f"{name}.pem"))
        return made
