"""No password that somebody typed into a statement is shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dropmon.db.database import Database
from dropmon.db.explain import explain
from dropmon.db.session import session
from dropmon.db.signal import find
from dropmon.db.statement import veiled
from dropmon.errors import DatabaseError
from dropmon.postgres import opened
from tests.db.asking import ask
from tests.db.sessions import Scene, connect

if TYPE_CHECKING:
    from dropmon.demo.database import Server

SECRET = "hunter2"


@pytest.mark.parametrize(
    "statement",
    [
        "create role r password '{}'",
        "create role r with login ENCRYPTED PASSWORD '{}' valid until 'infinity'",
        "alter role r PassWord  E'a\\'{}'",
        "alter role r password U&'{}'",
        "alter role r password $${}$$",
        "alter role r password $a$x$$ {}$a$ nologin",
        "alter role r password /* it is */ -- here\n '{}'",
        "alter role r password 'it''s {}'",
        "alter role r password '{} and so on",  # cut off
        "alter role r password $a$ {} and so on",
        "alter user r password'{}'",
        "create user mapping for r server s options (user 'bob', password '{}')",
        "create subscription s connection 'host=a password={} dbname=b' publication p",
        "select dblink_connect('host=a password=''x {}'' user=b')",
        "select dblink('host=a password = {} user=b')",
        "create subscription s connection 'postgresql://bob:{}@a/b' publication p",
        "update users set password = '{}'",
        "select * from users where \"password\" = '{}'",
        "select set_user(passwd => '{}')",
        "select login(user => 'a', password := '{}')",
    ],
)
def test_a_password_in_a_statement_is_masked(statement: str) -> None:
    told = veiled(statement.format(SECRET))

    assert SECRET not in told
    assert "•••" in told
    assert told.split()[0] == statement.split()[0]


@pytest.mark.parametrize(
    "statement",
    [
        "select 1",
        "update users set password = $1 where id = $2",
        "alter role r password null",
        "select password from users where name = 'bob'",
        "alter role r password $1 valid until $2",
        "select from a join b on a.password = b.password",
        "set password_encryption = scram",
        "select 'a', E'b\\'c', $$d$$",
    ],
)
def test_what_is_no_password_stays(statement: str) -> None:
    assert veiled(statement) == statement


@pytest.mark.slow
def test_a_long_text_takes_no_long_time() -> None:
    statement = "select password " + "/* password = ' */ " * 50_000

    assert len(veiled(statement)) > 1000


@pytest.mark.slow
def test_no_report_shows_what_pg_stat_statements_and_sessions_keep(newest: Server) -> None:
    statement = f"alter role guard password '{SECRET}'"
    with connect(newest, "postgres", "admin", "postgres") as admin, Scene(newest) as scene:
        admin.execute("create role guard")
        try:
            scene.open("forgetful", "begin", statement, role="postgres")
            live = [ask(newest, "connections", idle="0s"), ask(newest, "long-running", min="0s")]
            with opened(newest.url_of("postgres", "shop"), 5) as connection:
                (found,) = [find(connection, pid, 5) for pid in scene.pids.values()]
        finally:
            scene.sessions["forgetful"].execute("rollback")
            admin.execute("drop role guard")
    slow = ask(newest, "slow-queries", min="0s", all=True, limit=0, role="postgres")
    told = json.dumps([answer.rows for answer in (*live, slow)], default=str, ensure_ascii=False) + str(found)
    (queryid,) = {row["queryid"] for row in slow.rows if "role guard password" in row["statement"]}

    with pytest.raises(DatabaseError) as error, session(Database("", newest.url_of("postgres", "shop"))) as asking:
        explain(asking, queryid, trust=True)
    assert SECRET not in told + str(error.value)
    assert told.count("alter role guard password '•••'") == 4
