"""Real servers on loopback that behave as badly as the network's worst."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket, bytes], None]


@dataclass(slots=True)
class Server:
    """Where it listens, and the requests it saw."""

    port: int
    scheme: str = "http"
    host: str = "127.0.0.1"
    seen: list[bytes] = field(default_factory=list)

    def url(self, path: str = "/") -> str:
        return f"{self.scheme}://{self.host}:{self.port}{path}"


@contextmanager
def serving(behave: Behaviour, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Server]:
    """A TCP server; each connection's request is read up to the empty line and given to `behave`, in a thread."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        server = Server(listener.getsockname()[1], "https" if tls else "http", host)
        threading.Thread(target=_accept, args=(listener, behave, tls, server), daemon=True).start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, behave: Behaviour, tls: ssl.SSLContext | None, server: Server) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(connection, behave, tls, server), daemon=True).start()


def _serve(connection: socket.socket, behave: Behaviour, tls: ssl.SSLContext | None, server: Server) -> None:
    connection.settimeout(20)
    wrapped = tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) if tls else connection
    with suppress(OSError), wrapped:
        request = b""
        while b"\r\n\r\n" not in request:
            more = wrapped.recv(65536)
            if not more:
                return
            request += more
        server.seen.append(request)
        behave(wrapped, request)


def answer(body: bytes = b"ok", status: str = "200 OK", headers: tuple[str, ...] = ()) -> Behaviour:
    """A whole, well-formed answer."""

    def behave(connection: socket.socket, request: bytes) -> None:
        lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]
        connection.sendall("\r\n".join(lines).encode() + body)

    return behave


def raw(*chunks: bytes) -> Behaviour:
    """Just these bytes, then the end."""

    def behave(connection: socket.socket, request: bytes) -> None:
        for chunk in chunks:
            connection.sendall(chunk)

    return behave
