"""The demo's database as a shop: its rows, and the sessions that its application leaves open."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dropmon.demo.database import Server

IDLE = "begin; update feedback set rating = 5 where id = 1;\n"
REPORT = "select count(*) as monthly_report from order_items, pg_sleep(86400);\n"
WORK = """
select c.name, (select sum(o.total_cents) from orders o where o.customer_id = c.id) as spent
from customers c order by c.created_at limit 150;
"""
PACE = 15.0  # seconds between two slow queries
# each waits for what the other holds: the server ends one of them
DEADLOCK = """
begin;
update carts set customer_id = 1 where id = {};
select pg_sleep(0.3);
update carts set customer_id = 1 where id = {};
rollback;
\\q
"""


def seed(server: Server, shopify: str, version: str) -> None:
    """Makes and fills the tables. `shopify`: where the merchants' shops answer, and in which version."""
    script = (files("dropmon.demo") / "seed.sql").read_text("utf-8")
    server.run(script, shopify=shopify, version=version)


def open_sessions(server: Server) -> None:
    """What an on-call engineer looks for: idle in transaction, a query that does not end, a deadlock."""
    for script in (IDLE, REPORT, DEADLOCK.format(10, 20), DEADLOCK.format(20, 10)):
        server.session("app")(script)
    threading.Thread(target=_work, args=(server.session("app"),), name="demo shop", daemon=True).start()


def _work(say: Callable[[str], None]) -> None:
    with suppress(OSError, ValueError):  # the session has ended, and the demo with it
        while True:
            say(WORK)
            time.sleep(PACE)
