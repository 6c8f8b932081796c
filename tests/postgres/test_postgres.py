"""What a real server refuses, and what we say about it."""

from __future__ import annotations

import socket
import struct
import threading
import time
from pathlib import Path

import psycopg
import pytest

from dropmon import postgres
from dropmon.demo.database import Server
from dropmon.errors import DatabaseError
from dropmon.sqlstate import advice
from tests.postgres.silence import line


def refusal(url: str, sql: str = "select 1", timeout: float = 5) -> DatabaseError:
    with pytest.raises(DatabaseError) as caught:
        postgres.rows(url, sql, timeout)
    return caught.value


@pytest.mark.parametrize(
    ("url", "state", "hint"),
    [
        ("postgresql://postgres:guess@127.0.0.1:{port}/postgres", "28P01", "the password is wrong"),
        ("postgresql://nobody:{password}@127.0.0.1:{port}/postgres", "28P01", "the password is wrong"),
        ("postgresql://postgres:{password}@127.0.0.1:{port}/nothing", "3D000", "is the database's name right?"),
        ("postgresql://postgres:{password}@127.0.0.1:1/postgres", "", "is the server running, and is the port right?"),
        ("postgresql://postgres:{password}@no.such.invalid/postgres", "", "is the host name right, and does our DNS"),
        ("{password}", "", "write the `url` as postgresql://"),
    ],
)
def test_a_connection_that_is_refused(server: Server, url: str, state: str, hint: str) -> None:
    error = refusal(url.format(password=server.password, port=server.port))
    assert (error.state, error.hint[: len(hint)]) == (state, hint)
    assert server.password not in error.what


@pytest.mark.parametrize(
    ("sql", "state", "hint"),
    [
        ("select * from shop", "42P01", "is the table's name right, with its schema?"),
        ("select nam from shops", "42703", "is the column's name right?"),
        ("select lenght(name) from shops", "42883", "is the function's name right, and are its arguments?"),
        ("select from where", "42601", "the SQL has a mistake"),
        ("selct 1", "42601", "write one SELECT, VALUES, TABLE or WITH"),
        ("select pg_sleep(5)", "57014", "the query took too long: raise `timeout`, or make it cheaper"),
        ("delete from shops returning name", "42601", "write one SELECT, VALUES, TABLE or WITH"),
        ("select set_config('transaction_read_only', 'off', true)", "25001", "only reading is possible here"),
        ("with a as (delete from shops returning name) table a", "25006", "only reading is possible here"),
        ("select name into temp kept from shops", "25006", "only reading is possible here"),
        ("select 1; delete from shops returning name", "42601", "the SQL has a mistake"),
        ("commit; delete from shops returning name", "42601", "write one SELECT, VALUES, TABLE or WITH"),
        ("commit", "42601", "write one SELECT, VALUES, TABLE or WITH"),
        ("; commit", "42601", "write one SELECT, VALUES, TABLE or WITH"),
    ],
)
def test_a_statement_that_is_refused(server: Server, sql: str, state: str, hint: str) -> None:
    error = refusal(server.url, sql, 0.2)
    assert (error.state, error.hint) == (state, hint)
    assert postgres.rows(server.url, "select count(*) as n from shops", 5) == [{"n": "1"}]


@pytest.mark.parametrize("before", ["", "-- select\r", "/* select /* */ select */", " ;", "explain analyze "])
def test_no_query_runs_a_program_on_the_server(server: Server, tmp_path: Path, before: str) -> None:
    tmp_path.chmod(0o777)
    error = refusal(server.url, f"{before}copy (select 1) to program 'touch {tmp_path}/ran'")
    assert error.what.startswith("only reading is possible here, and no query begins with ")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "sql",
    [
        "table pg_catalog.pg_database",
        "values (1)",
        "with a as (values (1)) table a",
        "/**/(SELECT 1)",
        "-- one\nselect 1;",
    ],
)
def test_every_kind_of_query_is_answered(server: Server, sql: str) -> None:
    assert postgres.rows(server.url, sql, 5)


def test_a_right_that_is_missing_is_named(server: Server) -> None:
    error = refusal(server.url_of("clerk"), "select * from ledgers")
    assert (error.state, error.hint.partition(":")[0]) == ("42501", "grant the role what it needs, such as")


def test_rows_are_what_the_server_writes(server: Server) -> None:
    assert postgres.rows(server.url, "select *, 'a' like '%' as found from shops", 5) == [{
        "name": "acme", "url": "https://a.example", "plan": "", "open": "t", "tags": "{a,b}",
        "extra": '{"a": null}', "since": "infinity", "found": "t",
    }]  # fmt: skip


def test_the_limit_of_a_statement_cannot_be_lost(server: Server) -> None:
    with postgres.connected(server.url, 0.2) as connection:
        with pytest.raises(psycopg.ProgrammingError):
            connection.commit()
        with pytest.raises(psycopg.errors.QueryCanceled), connection.transaction():
            connection.execute("select pg_sleep(5)")
        assert connection.execute("show statement_timeout").fetchone() == ("200ms",)
        assert connection.execute("show transaction_read_only").fetchone() == ("on",)


@pytest.mark.parametrize(
    ("sentence", "state"),
    [
        ("sorry, too many clients already", "53300"),
        ('role "me" does not exist', "28000"),
        ('no pg_hba.conf entry for host "127.0.0.1", user "me"', "28000"),
        ("Tenant or user not found", "28000"),
        ("the database system is starting up", "57P03"),
    ],
)
def test_nothing_is_sent_at_the_start_that_a_pooler_refuses(sentence: str, state: str) -> None:
    sent: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=refuse, args=(listener, sentence, sent), daemon=True).start()
        error = refusal(f"postgresql://me@127.0.0.1:{listener.getsockname()[1]}/shop")

    assert {name for name in sent[::2] if name} <= {"user", "database", "application_name", "client_encoding"}
    assert error.state == state
    assert error.hint == advice(state, "") != advice("", "")


def refuse(listener: socket.socket, sentence: str, sent: list[str]) -> None:
    """Notes what a client sends at the start, and refuses it."""
    connection, _ = listener.accept()
    with connection:
        connection.recv(8)  # may we use TLS?
        connection.sendall(b"N")
        sent.extend(connection.recv(4096)[8:].decode().split("\0"))
        said = f"SFATAL\0VFATAL\0CXX000\0M{sentence}\0\0".encode()
        connection.sendall(b"E" + struct.pack(">I", len(said) + 4) + said)


@pytest.mark.slow
def test_a_server_that_accepts_and_says_nothing_is_left(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with (
            pytest.raises(DatabaseError) as caught,
            postgres.connected(f"postgresql://me@127.0.0.1:{silent.getsockname()[1]}/shop", 30, patience=1),
        ):
            pass
    assert caught.value.hint == "is the server reachable from here, and not overloaded?"
    assert time.monotonic() - began < 4


@pytest.mark.slow
@pytest.mark.parametrize("after", [b"BEGIN", b"select 1 as one"])
def test_a_server_that_falls_silent_is_left_soon(server: Server, after: bytes) -> None:
    """`statement_timeout` is the server's, and so of no use then."""
    with line(server.port, after) as silent:
        began = time.monotonic()
        error = refusal(silent.through(server.url), "select 1 as one", 0.2)
        took = time.monotonic() - began

    assert (error.what, error.state) == ("no answer within 1.2 s", "")
    assert "a pooler before it" in error.hint
    assert took < 0.2 + postgres.GRACE + 1.5


def test_a_conversation_of_another_thread_can_be_ended_without_waiting(server: Server) -> None:
    said: list[DatabaseError] = []
    with line(server.port) as silent, postgres.opened(silent.through(server.url), 60) as connection:

        def ask() -> None:
            with pytest.raises(DatabaseError) as caught, postgres.reading(connection, 60):
                postgres.ask(connection, "select 1", {})
            said.append(caught.value)

        silent.hush.set()
        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.3)  # by now it waits
        began = time.monotonic()
        postgres.hang_up(connection)
        asking.join(5)
        took = time.monotonic() - began

    assert (len(said), took < 2) == (1, True)
    postgres.hang_up(connection)  # of one that is closed nothing is left to end


@pytest.mark.slow
def test_a_connection_is_closed_whatever_happens(server: Server) -> None:
    with (
        line(server.port, b"COMMIT") as silent,
        pytest.raises(DatabaseError),
        postgres.connected(silent.through(server.url), 0.1) as connection,
    ):
        connection.execute("select 1")

    assert connection.closed


def test_a_limit_of_a_month_is_no_error(server: Server) -> None:
    assert postgres.rows(server.url, "select 1 as one", 30 * 86400.0) == [{"one": "1"}]


@pytest.mark.parametrize(
    ("sql", "state", "hint"),
    [
        ("select 1 / (select 0)", "22012", "a value does not fit"),
        ("select 'x'::text::int", "22P02", "a value does not fit"),
        ("select lastval()", "55000", "what it asks for is not ready"),
    ],
)
def test_what_is_to_be_done_fits_the_error(server: Server, sql: str, state: str, hint: str) -> None:
    error = refusal(server.url, sql)

    assert (error.state, error.hint[: len(hint)]) == (state, hint)
