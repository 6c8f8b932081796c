"""The HTTP server of a stand-in: silent, on loopback only, one thread a connection."""

from __future__ import annotations

import socketserver
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from dropmon.demo.exchange import Request

if TYPE_CHECKING:
    from socket import socket

    from dropmon.demo.exchange import Answer
    from dropmon.demo.standin import Standin

LONGEST = 1 << 20  # bytes of a request body


class Listener(ThreadingHTTPServer):
    """Listens for one stand-in."""

    request_queue_size = 256  # a run asks dozens of targets at once

    def __init__(self, standin: Standin, port: int) -> None:
        self.standin = standin
        super().__init__(("127.0.0.1", port), Exchange)

    def server_bind(self) -> None:
        # HTTPServer asks the resolver for our own name here, which may hang for seconds without a network
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: object) -> None:
        """A client that hangs up is no news."""


class Exchange(BaseHTTPRequestHandler):
    """One connection: reads requests, writes what the stand-in answers."""

    server: Listener
    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize = -1  # headers and body leave in one packet
    disable_nagle_algorithm = True

    def _exchange(self) -> None:
        self._write(self.server.standin.respond(self._read()))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _exchange  # noqa: N815

    def _read(self) -> Request:
        parts = urlsplit(self.path)
        length = self.headers.get("Content-Length", "")
        body = self.rfile.read(min(int(length), LONGEST)) if length.isdigit() else b""
        return Request(self.command, parts.path, dict(parse_qsl(parts.query)), self.headers, body)

    def _write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Stays silent: stderr belongs to the command."""
