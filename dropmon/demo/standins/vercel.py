"""Vercel's list of deployments; a bad one makes a function fail in a way that it never did before."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from dropmon.demo import edgelog
from dropmon.demo.exchange import Answer, Request, reply
from dropmon.demo.standin import USUAL, Fault, Standin

if TYPE_CHECKING:
    from dropmon.demo.standins.functions import Functions

TOKEN = "vercel_demo_not_a_real_token"  # noqa: S105
AGO = 240.0  # seconds since the bad deployment
ERRORS, PACE = 40, 4.0  # entries that it left in the log, one every so many seconds
BROKEN = "TypeError: Cannot read properties of null (reading 'variants')"
EARLIER = (
    (20.0, "c41d9e70aa12", "Show delivery times in the cart", "ana"),
    (6.0, "8b02f5317c9d", "Upgrade the design system", "luc"),
)  # hours ago, commit, message, author
LATEST = ("f00df19b2e61", "Read prices from variants", "ana")


class Vercel(Standin):
    """Vercel's deployments."""

    name: ClassVar[str] = "vercel"
    ways: ClassVar[tuple[Fault, ...]] = (Fault.RELEASE, *USUAL)

    def suffer(self, fault: Fault | None) -> None:
        super().suffer(fault)
        if fault is Fault.RELEASE:
            functions: Functions = self.stage.cast["functions"]  # type: ignore[assignment]
            began = self.since - AGO + 2 * PACE
            for number in range(ERRORS):
                functions.tell(edgelog.uncaught(began + number * PACE, "order-sync", BROKEN))

    def answer(self, request: Request) -> Answer:
        if request.bearer != TOKEN:
            return reply({"error": {"code": "forbidden", "message": "Not authorized"}}, 403)
        now = time.time()
        made = [deployment(now - hours * 3600, *more) for hours, *more in EARLIER]
        if self.fault is Fault.RELEASE:
            made.append(deployment(self.since - AGO, *LATEST))
        return reply({"deployments": made[::-1], "pagination": {"count": len(made), "next": None, "prev": None}})


def deployment(at: float, commit: str, message: str, author: str) -> dict[str, object]:
    """One deployment as the API tells it. `at` in seconds since 1970."""
    ready = int(at * 1000)
    return {
        "uid": f"dpl_{commit}", "name": "drop-craft", "url": f"drop-craft-{commit[:7]}.vercel.app",
        "created": ready - 60_000, "buildingAt": ready - 52_000, "ready": ready, "readyState": "READY",
        "readySubstate": "PROMOTED", "target": "production", "creator": {"username": author},
        "inspectorUrl": f"https://vercel.com/demo/drop-craft/{commit[:7]}",
        "meta": {"githubCommitSha": commit, "githubCommitRef": "main", "githubCommitMessage": message},
    }  # fmt: skip
