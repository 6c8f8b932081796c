"""Chromium's own remote control, spoken through a pair of pipes: JSON between zero bytes.

No port is opened that another user of the machine could speak to, and no library is needed.
Source: https://chromedevtools.github.io/devtools-protocol/, `--remote-debugging-pipe`.
"""

from __future__ import annotations

import json
import os
import select
import time
from typing import Any

from dropmon.errors import DropmonError

READ = 1 << 16


class BrowserError(DropmonError):
    """The browser could not be started, has gone, or refused something."""


class Devtools:
    """One conversation. Events are not listened to: who wants to know asks."""

    def __init__(self, from_browser: int, to_browser: int, until: float) -> None:
        self.reading = from_browser
        self.writing = to_browser
        self.until = until  # monotonic seconds
        self._number = 0
        self._rest = b""

    def call(self, method: str, session: str = "", **parameters: Any) -> Any:
        """What the browser answers. Raises BrowserError when it refuses, is gone, or takes until `until`."""
        self._number += 1
        asked = {
            "id": self._number,
            "method": method,
            "params": parameters,
            **({"sessionId": session} if session else {}),
        }
        self._send(json.dumps(asked).encode() + b"\0")
        while True:
            answer = json.loads(self._next(method))
            if answer.get("id") == self._number:
                break
        if "error" in answer:
            raise BrowserError(
                f"the browser refused {method}: {answer['error'].get('message', '')}", "is it up to date?"
            )
        return answer["result"]

    def _send(self, message: bytes) -> None:
        try:
            while message:
                self._wait([], [self.writing])
                message = message[os.write(self.writing, message[: select.PIPE_BUF]) :]
        except BrokenPipeError:
            raise gone() from None

    def _next(self, method: str) -> bytes:
        while b"\0" not in self._rest:
            self._wait([self.reading], [], method)
            piece = os.read(self.reading, READ)
            if not piece:
                raise gone()
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        return message

    def _wait(self, reading: list[int], writing: list[int], what: str = "") -> None:
        left = self.until - time.monotonic()
        if left <= 0 or not any(select.select(reading, writing, [], left)):
            raise BrowserError(
                f"the browser did not answer in time ({what})", "raise the check's `timeout`, or --deadline"
            )


def gone() -> BrowserError:
    """The error of a browser that has ended."""
    return BrowserError("the browser ended by itself", "does it start by hand? --browser PATH takes another")
