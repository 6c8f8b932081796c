"""A way to a server that falls silent: bytes no longer come through, and nobody says goodbye."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Line:
    """A TCP proxy. It is silent once a client has sent `after`, or once `hush` is set."""

    def __init__(self, port: int, after: bytes = b"") -> None:
        self.hush = threading.Event()
        self._server, self._after = port, after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def through(self, url: str) -> str:
        """The address of the server, by this way."""
        return url.replace(f":{self._server}/", f":{self.port}/")

    def close(self) -> None:
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                theirs = socket.create_connection(("127.0.0.1", self._server))
                self._open += [ours, theirs]
                for ends in ((ours, theirs, self._after), (theirs, ours, b"")):
                    threading.Thread(target=self._pass, args=ends, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, after: bytes) -> None:
        with suppress(OSError):
            while said := source.recv(65536):
                if after and after in said:
                    self.hush.set()
                if not self.hush.is_set():
                    target.sendall(said)
            if not self.hush.is_set():
                target.shutdown(socket.SHUT_WR)


@contextmanager
def line(port: int, after: bytes = b"") -> Iterator[Line]:
    """A way to the server on that port of this machine, which falls silent when a client sends `after`."""
    made = Line(port, after)
    try:
        yield made
    finally:
        made.close()
