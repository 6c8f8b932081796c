"""What systemd wants to hear of a service (sd_notify(3), sd_watchdog_enabled(3)): a word on a Unix socket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress


def notify(said: str, environment: Mapping[str, str]) -> None:
    """Tells `READY=1`, `STATUS=…`; nothing when nobody listens."""
    if not (address := environment.get("NOTIFY_SOCKET", "")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as mouth:
        mouth.sendto(said.encode(), "\0" + address[1:] if address.startswith("@") else address)


def patience(environment: Mapping[str, str], process: int) -> float | None:
    """Seconds of silence after which systemd starts this process anew; None when it does not watch it.

    >>> patience({"WATCHDOG_USEC": "30000000"}, 7), patience({"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "8"}, 7)
    (30.0, None)
    """
    text, whose = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", str(process))
    return int(text) / 1e6 if text.isdecimal() and int(text) and whose == str(process) else None


class Watchdog:
    """Says that the process lives, for as long as its work says so: one that hangs is not covered up."""

    def __init__(self, environment: Mapping[str, str], process: int) -> None:
        self._until = 0.0
        self._environment = environment
        if seconds := patience(environment, process):
            threading.Thread(target=self._bark, args=(seconds / 2,), name="dropmon-watchdog", daemon=True).start()

    def alive(self, seconds: float) -> None:
        """The work goes on, and will say so again within so many seconds."""
        self._until = time.monotonic() + seconds

    def _bark(self, pause: float) -> None:
        while True:
            if time.monotonic() < self._until:
                notify("WATCHDOG=1", self._environment)
            time.sleep(pause)
