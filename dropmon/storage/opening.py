"""Opening the embedded file: made private, of our kind, and of this version's schema."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dropmon.errors import StorageError
from dropmon.storage.failures import explained, storage_error

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = 6
APPLICATION = 0x64726F70  # PRAGMA application_id
SCHEMA = Path(__file__).with_name("schema.sql")
MIGRATIONS = Path(__file__).with_name("migrations")
WAL_LEFT = 16 << 20  # bytes that a write-ahead log keeps after a large import


def open_database(path: Path, patience: float) -> sqlite3.Connection:
    """A connection to a file of this version's schema, made when missing. It waits `patience` seconds for locks."""
    try:
        _make_private(path)
    except OSError as error:
        raise storage_error(str(path), error) from error
    with explained(str(path)):
        database = sqlite3.connect(path, timeout=patience, isolation_level=None)
        try:
            prepare(database, str(path), patience)
            database.execute("PRAGMA synchronous = NORMAL")
            database.execute(f"PRAGMA journal_size_limit = {WAL_LEFT}")
        except BaseException:
            database.close()
            raise
    return database


def _make_private(path: Path) -> None:
    """Makes a missing file, and its folder, for its owner only; SQLite gives its companions the same mode."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def prepare(
    database: sqlite3.Connection, place: str, patience: float, version: int = VERSION, folder: Path = MIGRATIONS
) -> None:
    """Brings the file to this version's schema; two processes that do so at once do it once."""
    found = _version(database, place, version)
    if found == version:
        return
    if found == 0:
        _use_wal(database, patience)
    with transaction(database, place, "EXCLUSIVE"):
        for script in _scripts(_version(database, place, version), version, folder):
            for statement in statements(script.read_text(encoding="utf-8")):
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {version}")


@contextmanager
def transaction(database: sqlite3.Connection, place: str, kind: str = "IMMEDIATE") -> Iterator[None]:
    """All that is written inside it, or nothing."""
    with explained(place):
        database.execute(f"BEGIN {kind}")
        try:
            yield
            database.execute("COMMIT")
        except BaseException:
            if database.in_transaction:  # SQLite has rolled back by itself when the disk was full
                database.execute("ROLLBACK")
            raise


def _version(database: sqlite3.Connection, place: str, known: int) -> int:
    """The schema of the file; 0 is an empty file. StorageError when it is newer than ours, or not ours."""
    # first of all: another process may make the file between these, and what is no longer empty then is ours
    (tables,) = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    (application,) = database.execute("PRAGMA application_id").fetchone()
    found: int = database.execute("PRAGMA user_version").fetchone()[0]
    empty = found == 0 and not tables
    if application != APPLICATION and not empty:
        raise StorageError(f"{place} is a database of another program", "choose another place with --storage")
    if found > known:
        raise StorageError(
            f"the history {place} was written by a newer dropmon (schema {found}, this one knows {known})",
            "upgrade this dropmon, or choose another place with --storage",
        )
    return found


def _scripts(found: int, version: int, folder: Path) -> list[Path]:
    if found == 0:
        return [SCHEMA]
    return sorted(path for path in folder.glob("*.sql") if found < int(path.name[:4]) <= version)


def statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one: `executescript` would end the transaction around it.

    >>> list(statements("CREATE TABLE a (b); -- one; two\\nINSERT INTO a VALUES (';');"))
    ['CREATE TABLE a (b);', "-- one; two\\nINSERT INTO a VALUES (';');"]
    """
    text = ""
    for piece in script.split(";")[:-1]:
        text += piece + ";"
        if sqlite3.complete_statement(text):
            yield text.strip()
            text = ""


def _use_wal(database: sqlite3.Connection, patience: float) -> None:
    """Readers never wait for a writer. SQLite does not wait for others here, so two that start at once would fail."""
    end = time.monotonic() + patience
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
