"""The demo's database as a shop: its rows, and the sessions that its application leaves open."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dropmon.demo.database import Server

IDLE = "begin; update feedback set rating = 5 where id = 1;\n"
REPORT = "select count(*) as monthly_report from order_items, pg_sleep(86400);\n"
WORK = """
select c.name, (select sum(o.total_cents) from orders o where o.customer_id = c.id) as spent
from customers c order by c.created_at limit 150 \\watch 15
"""
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
    for script in (IDLE, REPORT, WORK, DEADLOCK.format(10, 20), DEADLOCK.format(20, 10)):
        server.session(script, "app")
