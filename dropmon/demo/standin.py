"""What every stand-in has in common: it answers as the real one does, and fails when asked to."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from dropmon.demo import web
from dropmon.demo.exchange import Answer, Request, page
from dropmon.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from socketserver import TCPServer

    from dropmon.demo.database import Server

POLL = 0.02  # seconds that closing a server takes at the most
SLOWNESS = 2.5  # seconds: above any sensible `max_time`, below any sensible `timeout`


class Fault(StrEnum):
    """The ways to be broken."""

    DOWN = "down"  # an outage
    SLOW = "slow"  # the right answer, seconds late
    AUTH = "auth"  # the key has been revoked
    LIMIT = "limit"  # too many requests
    WRONG = "wrong"  # 200, and not the answer
    EMPTY = "empty"  # 200, and nothing
    EXPIRED = "expired"  # a certificate that has ended
    RELEASE = "release"  # a deployment that breaks something
    LEAK = "leak"  # sessions that are opened, and never closed
    BLOCKED = "blocked"  # a transaction that is left open, and others that wait for it


USUAL = (Fault.DOWN, Fault.SLOW, Fault.AUTH, Fault.LIMIT, Fault.WRONG, Fault.EMPTY)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the stand-ins play: the demo's folder, and each other by name."""

    folder: Path
    cast: dict[str, Standin] = field(default_factory=dict)
    servers: list[Server] = field(default_factory=list)  # the database, once it is up

    @property
    def faults(self) -> dict[str, Fault | None]:
        """What is wrong with each of those that can be broken."""
        return {name: standin.fault for name, standin in self.cast.items() if standin.breakable}

    def suffer(self, name: str, how: str | None) -> None:
        """Breaks one this way, or mends it (None). Raises UsageError when there is no such name or way."""
        self.know(name, how)
        self.cast[name].suffer(Fault(how) if how else None)

    def know(self, name: str, how: str | None) -> None:
        """Raises UsageError when there is no such name, or no such way to break it."""
        if name not in self.faults:
            raise UsageError(f"the demo has no {name!r}", f"it has {', '.join(self.faults)}")
        ways = [fault.value for fault in self.cast[name].ways]
        if how is not None and how not in ways:
            raise UsageError(f"{name} cannot be broken by {how!r}", f"the ways are {', '.join(ways)}")


class Standin:
    """One server on 127.0.0.1. Its docstring's first line says what it stands for."""

    name: ClassVar[str]
    scheme: ClassVar[str] = "http"
    breakable: ClassVar[bool] = True
    ways: ClassVar[tuple[Fault, ...]] = USUAL  # to be broken

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.fault: Fault | None = None
        self.since = time.time()  # when it last broke or was mended
        self.port = 0
        self._server: TCPServer | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def open(self, port: int = 0) -> None:
        """Listens; port 0 takes a free one. Raises OSError when the port is taken."""
        self._server = self.listen(port)
        self.port = int(self._server.socket.getsockname()[1])
        name = f"demo {self.name}"
        threading.Thread(target=self._server.serve_forever, args=(POLL,), name=name, daemon=True).start()

    def close(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def suffer(self, fault: Fault | None) -> None:
        """Breaks it this way from now on; None mends it."""
        self.fault = fault
        self.since = time.time()

    def listen(self, port: int) -> TCPServer:
        return web.Listener(self, port)

    def respond(self, request: Request) -> Answer:
        """The answer, or what the fault makes of it."""
        if self.fault is Fault.SLOW:
            time.sleep(SLOWNESS)
        match self.fault:
            case Fault.DOWN:
                return self.down(request)
            case Fault.AUTH:
                return self.denied(request)
            case Fault.LIMIT:
                return self.limited(request)
            case Fault.WRONG:
                return self.wrong(request)
            case Fault.EMPTY:
                return Answer()
        return self.answer(request)

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def down(self, _: Request) -> Answer:
        return page("<h1>503 Service Unavailable</h1>", 503)

    def denied(self, _: Request) -> Answer:
        return page("<h1>401 Unauthorized</h1>", 401)

    def limited(self, _: Request) -> Answer:
        return page("<h1>429 Too Many Requests</h1>", 429, {"Retry-After": "30"})

    def wrong(self, _: Request) -> Answer:
        return page("<!doctype html><title>Application error</title><p>A client-side exception has occurred.")
