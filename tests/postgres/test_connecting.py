"""How a connection is found and made: URL, service file, variables, password file; TLS where the way is long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dropmon import postgres
from dropmon.errors import DatabaseError
from dropmon.secrets import mask

if TYPE_CHECKING:
    from pathlib import Path

    from dropmon.demo.database import Server


@pytest.fixture(autouse=True)
def _no_settings_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PGHOST", "PGSERVICE", "PGSSLMODE", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGPORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "passwords"))


@pytest.fixture
def service(server: Server, tmp_path: Path) -> str:
    """A service file and a password file, as DBAs keep them."""
    (tmp_path / "services").write_text(f"[shop]\nhost=127.0.0.1\nport={server.port}\nuser=postgres\ndbname=postgres\n")
    (tmp_path / "passwords").write_text(f"127.0.0.1:{server.port}:*:postgres:{server.password}\n")
    (tmp_path / "passwords").chmod(0o600)
    return "service=shop"


@pytest.mark.slow
def test_a_service_and_a_password_file_lead_there(service: str) -> None:
    assert postgres.rows(service, "select 1 as one", 5) == [{"one": "1"}]


def test_the_variables_lead_there_when_nothing_is_named(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICE", "shop")

    assert postgres.rows("", "select 1 as one", 5) == [{"one": "1"}]


def test_a_password_that_only_libpq_has_read_is_a_secret(
    server: Server, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dropmon.secrets._known", set())
    monkeypatch.setattr("dropmon.secrets._longest_first", [])
    postgres.rows(service, "select 1 as one", 5)

    assert mask(f"it is {server.password}") == "it is •••"


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("postgresql://u@db.example.com/shop", "require"),
        ("host=10.0.0.7 dbname=shop", "require"),
        ("host=127.0.0.1,db.example.com dbname=shop", "require"),
        ("postgresql://u@db.example.com/shop?sslmode=verify-full", None),
        ("postgresql://u@db.example.com/shop?sslmode=disable", None),
        ("postgresql://u@localhost/shop", None),
        ("postgresql://u@127.0.0.1/shop", None),
        ("host=/run/postgresql", None),
        ("", None),
    ],
)
def test_a_remote_server_is_spoken_to_over_tls_unless_somebody_says_otherwise(url: str, mode: str | None) -> None:
    assert postgres._tls(url) == mode


def test_a_variable_or_a_service_may_say_how_to_speak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "services").write_text("[far]\nhost=db.example.com\n[plain]\nhost=db.example.com\nsslmode=disable\n")

    assert postgres._tls("service=far") == "require"
    assert postgres._tls("service=plain") is None
    monkeypatch.setenv("PGSSLMODE", "prefer")
    assert postgres._tls("postgresql://u@db.example.com/shop") is None


def test_a_remote_server_without_tls_is_refused_with_the_way_out(server: Server) -> None:
    url = f"host=db.example.com hostaddr=127.0.0.1 port={server.port} user=postgres password={server.password}"

    with pytest.raises(DatabaseError, match="SSL was required") as caught:
        postgres.rows(url, "select 1", 5)
    assert "sslmode=disable" in caught.value.hint


def test_no_setting_outlives_its_transaction(server: Server) -> None:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with postgres.opened(server.url, 5) as connection:
        with postgres.reading(connection, 2, locks=0.3):
            within = [connection.execute(f"show {name}".encode()).fetchone() for name in names]
        with connection.transaction():
            after = [connection.execute(f"show {name}".encode()).fetchone() for name in names]

    assert within == [("2s",), ("300ms",), ("1min",)]
    assert after == [("0",), ("0",), ("0",)]


def test_whoever_waits_for_a_lock_gives_up_soon(server: Server) -> None:
    with postgres.opened(server.url, 5) as holder, holder.transaction():
        holder.execute("select pg_advisory_xact_lock(7)")
        with postgres.opened(server.url, 5) as guest, pytest.raises(DatabaseError, match="lock timeout") as caught:  # noqa: SIM117
            with postgres.reading(guest, 5, locks=0.1):
                postgres.ask(guest, "select pg_advisory_xact_lock(%(key)s)", {"key": 7})

    assert caught.value.state == "55P03"
    assert "dropmon db blocking" in caught.value.hint


def test_a_failed_question_leaves_the_transaction_as_it_was(server: Server) -> None:
    with postgres.connected(server.url, 5) as connection:
        with pytest.raises(DatabaseError, match="does not exist"):
            postgres.ask(connection, "select * from nowhere", {})
        assert postgres.ask(connection, "select %(a)s as a, '5%%' as b", {"a": "x'y"}) == [{"a": "x'y", "b": "5%"}]
