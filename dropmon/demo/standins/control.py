"""The demo's own switchboard: breaks and mends the others while they run."""

from __future__ import annotations

from typing import ClassVar

from dropmon.demo.exchange import Answer, Request, reply
from dropmon.demo.standin import Fault, Standin
from dropmon.errors import UsageError


class Control(Standin):
    """Breaks and mends: GET /demo · POST /demo/break?name=shopify&how=down · POST /demo/mend?name=shopify"""

    name: ClassVar[str] = "control"
    breakable: ClassVar[bool] = False

    def answer(self, request: Request) -> Answer:
        """Every stand-in with its fault, after the change that was asked for."""
        name, how = request.query.get("name", ""), request.query.get("how", Fault.DOWN.value)
        changes = {("POST", "/demo/break"): how, ("POST", "/demo/mend"): None}
        try:
            if (request.method, request.path) in changes:
                self.stage.suffer(name, changes[request.method, request.path])
            elif request.path != "/demo":
                return reply({"error": "not found"}, 404)
        except UsageError as error:
            return reply({"error": error.what, "hint": error.hint}, 400)
        return reply(self.stage.faults)
