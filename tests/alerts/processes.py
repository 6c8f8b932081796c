"""Processes that dispatch one outbox, as forks: `Parent("tests.alerts.processes").fork(PLACE, URL, FASTER)`.

Each empties the outbox, again and again, until it is killed or nothing is left.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path

from dropmon.alerts.channel import Given
from dropmon.alerts.channels import kinds
from dropmon.alerts.dispatch import dispatch
from dropmon.errors import TransportError
from dropmon.storage.outbox import SqliteOutbox
from dropmon.transport import Request, exchange
from tests.alerts.channels.examples import ENGLISH

CHANNELS = 8  # so many run side by side


def channels(url: str) -> dict[str, Given]:
    """The receiver under as many names as there are channels."""
    entry = {"type": "webhook", "timeout": "5s"}
    return {
        f"c{number}": Given(f"c{number}", kinds()["webhook"].model_validate({**entry, "url": f"{url}/c{number}"}))
        for number in range(CHANNELS)
    }


def warm() -> None:
    """What is slow the first time is done before it counts: imports, certificates."""
    channels("http://127.0.0.1:1")
    with suppress(TransportError):
        exchange(Request("http://127.0.0.1:1/"), 1)


def run(place: str, url: str, faster: str = "1") -> None:
    """Time goes `faster` than it does, so that a lease ends soon."""
    began, rate = time.time(), float(faster)

    def clock() -> float:
        return began + (time.time() - began) * rate + (began - EPOCH) * (rate - 1)

    warm()
    with SqliteOutbox(Path(place), 10) as outbox:
        print("ready", flush=True)
        sys.stdin.readline()
        while outbox.rows(("waiting", "sending")):
            dispatch(outbox, channels(url), ENGLISH, clock)
            time.sleep(0.02)


EPOCH = 1_795_000_000.0  # one clock for all of them, however fast it goes
