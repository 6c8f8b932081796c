"""A platform on loopback: answers as its API does, after whatever it was told to answer first."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit


class Asked(NamedTuple):
    path: str
    query: dict[str, str]
    headers: Message
    body: bytes = b""


class Reply(NamedTuple):
    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def reply(value: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value).encode())


class Service:
    """One platform; `script` is answered first, reply after reply. `seen` is what it was asked."""

    url = ""

    def __init__(self) -> None:
        self.seen: list[Asked] = []
        self.script: list[Reply] = []

    def respond(self, asked: Asked) -> Reply:
        raise NotImplementedError

    def exchange(self, asked: Asked) -> Reply:
        self.seen.append(asked)
        return self.script.pop(0) if self.script else self.respond(asked)


@contextmanager
def serving(service: Any) -> Iterator[Any]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = Asked(parts.path, dict(parse_qsl(parts.query)), self.headers, body)
            said = service.exchange(asked)
            self.send_response(said.status)
            for name, text in (*said.headers, ("Content-Length", str(len(said.body)))):
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(said.body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        service.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield service
        server.shutdown()
