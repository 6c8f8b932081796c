"""What goes wrong in the demo's database: it is a real one, and so is its trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dropmon.demo.standin import Fault, Standin
from dropmon.errors import UsageError

if TYPE_CHECKING:
    from dropmon.demo.database import Server

LEAKED = 84  # sessions, of the 97 that fit
OPEN = "set application_name = 'worker'; begin; select count(*) from carts;\n"
HOLD = "set application_name = 'checkout'; begin; update carts set customer_id = 1 where id = 30;\n"
WAIT = "set application_name = 'cart'; update carts set customer_id = 2 where id = 30;\n"
END = """
select pg_terminate_backend(pid) from pg_stat_activity where application_name in ('worker', 'checkout', 'cart');
"""


class Database(Standin):
    """The database's troubles."""

    name: ClassVar[str] = "database"
    ways: ClassVar[tuple[Fault, ...]] = (Fault.LEAK, Fault.BLOCKED)

    def open(self, port: int = 0) -> None:
        """Nothing: the server opens by itself."""

    def suffer(self, fault: Fault | None) -> None:
        if not self.stage.servers:
            raise UsageError("the demo runs without a database", "pip install 'dropmon[demo]'")
        super().suffer(fault)
        server = self.stage.servers[0]
        server.run(END)
        if fault is Fault.LEAK:
            for _ in range(LEAKED):
                server.session("app")(OPEN)
        elif fault is Fault.BLOCKED:
            block(server)


def block(server: Server) -> None:
    """One holds a row and does nothing more; three wait for it."""
    server.session("app")(HOLD)
    server.run("select pg_sleep(0.5)")
    for _ in range(3):
        server.session("app")(WAIT)
