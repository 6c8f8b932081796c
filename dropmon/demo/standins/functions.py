"""Supabase's edge functions: answer, and log as `supabase functions serve` does to `functions.log`."""

from __future__ import annotations

import random
import threading
import time
import uuid
from typing import TYPE_CHECKING, ClassVar

from dropmon.demo import edgelog, traffic
from dropmon.demo.exchange import Answer, Request, reply
from dropmon.demo.standin import Stage, Standin
from dropmon.model import moment

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sb_publishable_demo_not_a_real_key"
BACKLOG = 3600.0  # seconds of log that are there from the start
PACE = 1.0  # seconds between two invocations of the trickle


class Functions(Standin):
    """Edge functions: monitoring, order-sync, send-alert-email."""

    name: ClassVar[str] = "functions"

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._write = threading.Lock()
        self._closed = threading.Event()
        self._trickle = threading.Thread(target=self._flow, name="demo traffic", daemon=True)

    @property
    def log(self) -> Path:
        return self.stage.folder / "functions.log"

    def open(self, port: int = 0) -> None:
        super().open(port)
        self.log.write_text("".join(traffic.backlog(time.time(), BACKLOG)), "utf-8")
        self._trickle.start()

    def close(self) -> None:
        self._closed.set()
        self._trickle.join()
        super().close()

    def _flow(self) -> None:
        chance = random.Random()  # noqa: S311 a story, not a secret
        while not self._closed.wait(PACE):
            self.tell(traffic.invocation(time.time(), chance))

    def tell(self, lines: str) -> None:
        """Appends to the log, whole lines at a time."""
        with self._write, self.log.open("a", encoding="utf-8") as log:
            log.write(lines)

    def answer(self, request: Request) -> Answer:
        if KEY not in {request.header("apikey"), request.bearer}:
            return self.denied(request)
        function = request.path.removeprefix("/functions/v1/")
        if function not in traffic.FUNCTIONS:
            return refusal(404, "NOT_FOUND", "Requested function was not found")
        self.tell(edgelog.served(time.time(), function) + edgelog.metric(time.time(), function, 3))
        result = {**RESULTS[function], "at": moment(time.time())}
        return reply(result, headers={"X-Sb-Execution-Id": str(uuid.uuid4())})

    def down(self, request: Request) -> Answer:
        self.tell(edgelog.uncaught(time.time(), request.path.rpartition("/")[2], traffic.UNCAUGHT[0]))
        return refusal(503, "BOOT_ERROR", "Function failed to start (please check logs)")

    def denied(self, _: Request) -> Answer:
        return refusal(401, "UNAUTHORIZED_NO_AUTH_HEADER", "Missing authorization header")

    def limited(self, _: Request) -> Answer:
        text = "Function failed due to not having enough compute resources (please check logs)"
        return refusal(546, "WORKER_RESOURCE_LIMIT", text)

    def wrong(self, _: Request) -> Answer:
        return reply({"error": "fetch failed"})


RESULTS: dict[str, dict[str, object]] = {
    "monitoring": {"status": "ok", "activeUsers": 1247},
    "order-sync": {"status": "ok", "synced": 12},
    "send-alert-email": {"status": "ok", "accepted": ["ops@drop-craft-ai.com"]},
}


def refusal(status: int, code: str, message: str) -> Answer:
    """An answer of the platform, not of a function."""
    return reply({"code": code, "message": message}, status, {"Sb-Error-Code": code})
