"""What is planted in every server: each fault that a report looks for, beside what it must not report.

`plants.sql` makes the databases: `shop` (nearly everything, in its schema app; pg_stat_statements in its schema
extensions), `bench` (pgbench's own), `bare` (without the extension) and `old` (with the extension as PostgreSQL
13 had it). The roles: `postgres` (superuser), `dropmon` (may see everything), `app` (the application) and
`blind` (may log in, and nothing else).
"""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from tests.db.sessions import connect, eventually, send

if TYPE_CHECKING:
    from dropmon.demo.database import Server

# a name may hold anything: here what would break lines, quotes, a terminal, Rich markup and HTML
NASTY = 'ev"il\n\x1b[31m[bold red]<script>alert(1)</script>'
SQL = Path(__file__).parent / "plants.sql"

MEGABYTE = 1 << 20
SLOW_CALLS, FAST_CALLS = 3, 200
SLOW = "select customer_id, sum(total_cents) from app.orders, pg_sleep(0.15) group by 1 order by 2 desc limit 10"
FAST = "select status, total_cents from app.orders where id = %s"
LONG = f"select /* {'long ' * (MEGABYTE // 5)} */ count(*) from app.goods"
HOSTILE = f"select /* {NASTY} */ count(*) from app.shifts"
OURS = "select count(*) from app.wallets"

UNUSED = ("visits_session_idx", "readings_sensor_idx")  # an ordinary index, and the root of a partitioned one
REVIEW = (  # never scanned, and not to be dropped without a thought
    "customers_lower_idx", "orders_open_idx", "orders_customer_id_idx", "stock_sku_shop_id_counted_at_idx",
    "parcels_sent_on_idx", "shifts_starts_at_idx", "shifts_starts_at_idx1", f"{NASTY}_note_idx",
)  # fmt: skip
NEEDED = (  # never scanned, and never unused
    "shelves_pkey", "shelves_code_key", "shelves_barcode_idx", "shelves_reserved_excl", "ledger_entry_idx",
    "readings_2026_02_taken_on_idx", "readings_2026_03_taken_on_idx", "readings_2026_01_sensor_idx",
    "readings_2026_02_sensor_idx", "readings_2026_03_sensor_idx", "parcels_code_idx", "users_phone_idx",
)  # fmt: skip


def plant(server: Server) -> None:
    """Plants everything in a fresh server: about a second."""
    server.run(SQL.read_text("utf-8"), password=server.password, nasty=NASTY)
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(work, server) for work in (bench, query, sleep, deadlock)]:
            done.result()


def bench(server: Server) -> None:
    """pgbench's tables in a database of their own, and a few of its transactions."""
    for options in (["-i", "-q", "-s", "1"], ["-n", "-t", "20"]):
        command = [str(server.program("pgbench")), *options, server.url_of("app", "bench")]
        subprocess.run(command, check=True, capture_output=True)


def query(server: Server) -> None:
    """What pg_stat_statements tells of: often, long, hostile, and by more than one role."""
    with connect(server, "app", "orders-api") as session, session.pipeline():
        for number in range(FAST_CALLS):
            session.execute(FAST, [number])
        session.execute(LONG)
        session.execute(HOSTILE)
    with connect(server, "dropmon", "dropmon") as session:
        session.execute(OURS)


def sleep(server: Server) -> None:
    """A statement that is slow on average, by more than 100 ms."""
    with connect(server, "app", "monthly-report") as session:
        for _ in range(SLOW_CALLS):
            session.execute(SLOW)


def deadlock(server: Server) -> None:
    """Two sessions that wait for each other until the server ends one, and has counted it."""
    take = "select from app.wallets where owner = '{}' for update"
    for _ in range(10):  # both may get through, when one is slow
        with connect(server, "app", "payout") as one, connect(server, "app", "refund") as other:
            for session, owner in ((one, "ann"), (other, "bob")):
                session.execute("begin")
                session.execute(take.format(owner))
            send(one, take.format("bob"))
            with suppress(psycopg.errors.DeadlockDetected):  # or else it is `one` that is ended
                other.execute(take.format("ann"))
        if eventually(lambda: deadlocks(server) > 0, within=2):
            return
    raise AssertionError("the server counted no deadlock")


def deadlocks(server: Server) -> int:
    """How many the server has counted in shop."""
    with connect(server, "postgres", "plants") as session:
        row = session.execute("select deadlocks from pg_stat_database where datname = 'shop'").fetchone()
        return int(row[0]) if row else 0
