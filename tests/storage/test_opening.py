from __future__ import annotations

import re
import sqlite3
import stat
import sys
import time
from pathlib import Path

import pytest

from dropmon.errors import StorageError
from dropmon.storage import open_store
from dropmon.storage.opening import MIGRATIONS, SCHEMA, VERSION, prepare, statements
from tests.storage.numbers import every

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and signals of POSIX")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_without_a_place_it_is_in_the_users_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with open_store() as store:
        assert store.place == str(tmp_path / "state" / "dropmon" / "dropmon.db")
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    with open_store("sqlite") as store:
        assert store.place == str(tmp_path / ".local" / "state" / "dropmon" / "dropmon.db")


def test_the_file_and_its_folder_are_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "x.db"
    with open_store(f"sqlite://{path}") as store:
        store.record(every(60, 10))
        files = list(path.parent.iterdir())
        assert {mode(file) for file in files} == {0o600}
        assert len(files) == 3  # with its log and its index, which SQLite made
    assert mode(path.parent) == 0o700


@pytest.mark.parametrize("place", ["postgresql://u@db/x", "postgres://db/x", "mysql://db/x"])
def test_other_databases_are_not_available_and_say_what_to_write(place: str) -> None:
    with pytest.raises(StorageError, match=r"storage is not available in this version") as caught:
        open_store(place)
    assert "storage: sqlite" in caught.value.hint


def test_the_schema_names_its_version() -> None:
    database = sqlite3.connect(":memory:")
    prepare(database, "memory", 0)
    assert database.execute("PRAGMA user_version").fetchone() == (VERSION,)
    database.close()


def test_a_file_of_a_newer_dropmon_is_refused(place: str) -> None:
    open_store(place).close()
    database = sqlite3.connect(place)
    database.execute("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(StorageError, match=rf"was written by a newer dropmon \(schema 99, this one knows {VERSION}\)"):
        open_store(place)


@pytest.mark.parametrize("version", [0, 1])
def test_a_database_of_another_program_is_left_alone(place: str, version: int) -> None:
    database = sqlite3.connect(place)
    database.executescript(f"CREATE TABLE theirs (x); PRAGMA user_version = {version};")
    database.close()
    before = Path(place).read_bytes()

    with pytest.raises(StorageError, match="is a database of another program"):
        open_store(place)
    assert Path(place).read_bytes() == before


def test_migrations_run_once_in_order_all_or_none(place: str, tmp_path: Path) -> None:
    open_store(place).close()
    one, two, three = (f"{VERSION + step:04}" for step in (1, 2, 3))
    (tmp_path / f"{one}_more.sql").write_text("CREATE TABLE more (x); INSERT INTO more VALUES ('a;b');")
    (tmp_path / f"{two}_again.sql").write_text("INSERT INTO more VALUES (2); -- done;\nINSERT INTO more VALUES (3);")
    (tmp_path / f"{three}_wrong.sql").write_text("INSERT INTO more VALUES (4); INSERT INTO nowhere VALUES (1);")
    database = sqlite3.connect(place, isolation_level=None)
    for _ in range(2):
        prepare(database, place, 0, version=VERSION + 2, folder=tmp_path)
    with pytest.raises(StorageError, match="no such table: nowhere"):
        prepare(database, place, 0, version=VERSION + 3, folder=tmp_path)

    assert database.execute("SELECT x FROM more").fetchall() == [("a;b",), (2,), (3,)]
    assert database.execute("PRAGMA user_version").fetchone() == (VERSION + 2,)
    database.close()


def test_an_older_file_is_lifted_to_what_a_new_one_gets(place: str) -> None:
    """Schema 1 is the new one without what the migrations make."""
    new, old = sqlite3.connect(":memory:", isolation_level=None), sqlite3.connect(":memory:", isolation_level=None)
    prepare(new, "new", 0)
    made = [
        name for script in MIGRATIONS.glob("*.sql") for name in re.findall(r"CREATE TABLE (\w+)", script.read_text())
    ]
    for statement in statements(SCHEMA.read_text()):
        if not re.search(rf"(?:TABLE|INTO|ON) (?:{'|'.join(made)})\b", statement):
            old.execute(statement)
    old.execute("PRAGMA user_version = 1")
    prepare(old, "old", 0)

    assert columns(old) == columns(new)
    old.close()
    new.close()


def columns(database: sqlite3.Connection) -> dict[str, list[object]]:
    """What each table and index is made of."""
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_schema ORDER BY name")]
    return {
        name: [
            *database.execute(f"PRAGMA table_xinfo({name})"),
            *database.execute(f"PRAGMA index_xinfo({name})"),
            *database.execute(f"PRAGMA index_list({name})"),
        ]
        for name in names
    }


def test_every_statement_of_the_schema_is_found() -> None:
    whole, pieces = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    script = SCHEMA.read_text()
    whole.executescript(script)
    for statement in statements(script):
        pieces.execute(statement)

    assert list(whole.iterdump()) == list(pieces.iterdump())
    whole.close()
    pieces.close()


def test_opening_costs_milliseconds(place: str) -> None:
    """Below 3 of them; the best of several tries, since a busy neighbour slows any single one."""
    with open_store(place) as store:
        store.record(every(60, 1000, series=20))
        took = []
        for _ in range(10):
            began = time.process_time()
            other = open_store(place)
            took.append(time.process_time() - began)
            other.close()
    assert min(took) < 0.003
