"""A mail server's port: greets, and answers what a client says before it logs in."""

from __future__ import annotations

import time
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, ClassVar

from dropmon.demo.standin import SLOWNESS, Fault, Standin

if TYPE_CHECKING:
    from socketserver import TCPServer

GREETING = "220 mail.drop-craft-ai.example ESMTP ready"
BROKEN = "421 4.3.2 mail.drop-craft-ai.example Service not available, closing transmission channel"
SAYS = {
    b"EHLO": "250 mail.drop-craft-ai.example", b"HELO": "250 mail.drop-craft-ai.example",
    b"NOOP": "250 2.0.0 Ok", b"RSET": "250 2.0.0 Ok", b"QUIT": "221 2.0.0 Bye",
}  # fmt: skip


class Conversation(StreamRequestHandler):
    server: Listener
    timeout = 30

    def handle(self) -> None:
        fault = self.server.standin.fault
        time.sleep(SLOWNESS if fault is Fault.SLOW else 0)
        self._say(GREETING if fault in {None, Fault.SLOW} else BROKEN)
        verb = b"QUIT" if fault not in {None, Fault.SLOW} else b""
        while verb != b"QUIT" and (line := self.rfile.readline(1000)):
            verb = line[:4].upper()
            self._say(SAYS.get(verb, "530 5.7.0 Must issue a STARTTLS command first"))

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class Listener(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, standin: Standin, port: int) -> None:
        self.standin = standin
        super().__init__(("127.0.0.1", port), Conversation)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


class Smtp(Standin):
    """A mail server."""

    name: ClassVar[str] = "smtp"
    scheme: ClassVar[str] = "smtp"

    def listen(self, port: int) -> TCPServer:
        return Listener(self, port)

    def suffer(self, fault: Fault | None) -> None:
        """Down means that nothing listens."""
        super().suffer(fault)
        self.close()
        if fault is not Fault.DOWN:
            self.open(self.port)
