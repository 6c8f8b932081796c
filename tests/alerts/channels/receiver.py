"""A receiver on loopback that keeps what it is sent, and answers as it is told to."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Seen(NamedTuple):
    """One request, whole."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def id(self) -> str:
        return self.headers.get("idempotency-key", "")


class Reply(NamedTuple):
    """How a request is answered."""

    status: int = 200
    body: bytes = b"ok"
    headers: tuple[tuple[str, str], ...] = ()
    after: float = 0.0  # seconds
    reset: bool = False  # the connection is torn down instead, after the request has been read


@dataclass(slots=True)
class Receiver:
    """What it has seen, and how it answers: a function of the request and of how many came before it."""

    port: int
    answer: Callable[[Seen, int], Reply]
    seen: list[Seen] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ids(self) -> list[str]:
        return [each.id for each in self.seen]


@contextmanager
def receiving(answer: Callable[[Seen, int], Reply] | Reply = Reply(), port: int = 0) -> Iterator[Receiver]:  # noqa: B008
    """A receiver, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers.get("content-length", 0))
            headers = {name.lower(): text for name, text in self.headers.items()}
            seen = Seen(self.command, self.path, headers, self.rfile.read(size))
            if len(seen.body) < size:  # who sent it died in the midst: that is no message
                return
            number = len(receiver.seen)
            receiver.seen.append(seen)
            reply = receiver.answer(seen, number)
            time.sleep(reply.after)
            if reply.reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                return
            with suppress(OSError):
                self.send_response(reply.status)
                for name, text in (*reply.headers, ("Content-Length", str(len(reply.body)))):
                    self.send_header(name, text)
                self.end_headers()
                self.wfile.write(reply.body)

        do_GET = do_PATCH = do_PUT = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(OSError, ValueError):
                super().handle()

        def finish(self) -> None:
            with suppress(OSError, ValueError):
                super().finish()

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 512

    server = Server(("127.0.0.1", port), Handler)
    receiver = Receiver(server.server_address[1], (lambda *_: answer) if isinstance(answer, Reply) else answer)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])
