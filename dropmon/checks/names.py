"""Host names to addresses, each in a thread of its own that nobody waits for.

libcurl's resolver shares twenty threads among all names and joins them when it closes: twenty names whose servers
are silent would make every other name time out, and hold the process. Here a silent name holds only itself.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from typing import NamedTuple
from urllib.parse import urlsplit


class Answer(NamedTuple):
    """The addresses of a name in the system's order, or why there are none; and the seconds it took."""

    host: str
    addresses: tuple[str, ...] = ()
    seconds: float = 0.0
    error: str = ""


def host_of(url: str) -> str | None:
    """The name in a URL that must be looked up; None when it is an address, or nothing that we fetch.

    >>> host_of("https://api.stripe.com:443/v1"), host_of("http://127.0.0.1/"), host_of("http://[::1]:80/")
    ('api.stripe.com', None, None)
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return host if host and parts.scheme in {"http", "https"} and not is_address(host) else None


def is_address(host: str) -> bool:
    """Whether a host is an IP address: no name has a colon, and none ends in a number (RFC 3696)."""
    return ":" in host or host.rpartition(".")[2].isdigit()


class Names:
    """Looks names up. `fileno` becomes readable when an answer is there: for select."""

    def __init__(self) -> None:
        self._ear, self._mouth = socket.socketpair()
        self._ear.setblocking(False)
        self._answers: deque[Answer] = deque()
        self._known: dict[str, Answer] = {}
        self._asked: set[str] = set()

    def fileno(self) -> int:
        return self._ear.fileno()

    def ask(self, host: str) -> Answer | None:
        """The answer, if this name was answered before; else it is on its way."""
        if host not in self._known and host not in self._asked:
            self._asked.add(host)
            threading.Thread(target=self._look_up, args=(host,), name="dropmon-name", daemon=True).start()
        return self._known.get(host)

    def told(self) -> list[Answer]:
        """The answers that came since the last call. They are remembered: asked again, they cost no time."""
        try:
            self._ear.recv(4096)
        except BlockingIOError:
            return []
        answers = [self._answers.popleft() for _ in range(len(self._answers))]
        self._known.update((answer.host, answer._replace(seconds=0.0)) for answer in answers)
        return answers

    def close(self) -> None:
        """Names still on their way are forgotten."""
        self._ear.close()
        self._mouth.close()

    def _look_up(self, host: str) -> None:
        began = time.perf_counter()
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            addresses, error = tuple(dict.fromkeys(str(entry[4][0]) for entry in found)), ""
        except (OSError, UnicodeError) as failure:
            addresses, error = (), getattr(failure, "strerror", None) or str(failure)
        self._answers.append(Answer(host, addresses, time.perf_counter() - began, error))
        try:
            self._mouth.send(b"!")
        except OSError:  # the run is over
            return
