"""What SQLite complains about, said so that one knows what to do next."""

from __future__ import annotations

import errno
import shlex
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dropmon.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOCKED = "is in use by another process", "run it again, or see who holds it: fuser -v {place}"
_DENIED = (
    "cannot be written",
    "see who may write there (ls -l {place}), or choose another place with --storage",
)
_DAMAGED = (
    "is damaged, or is not a database",
    "move it away (mv {place} {place}.damaged) and dropmon starts a new one",
)
_FULL = "has no room left", "free some space on its disk (df -h {place})"
_OTHER = "cannot be used", "choose another place with --storage"
_REASONS = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: _DENIED,
    sqlite3.SQLITE_PERM: _DENIED,
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", _DENIED[1]),
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: ("cannot be read or written: its disk fails", "see what the system says: dmesg | tail"),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
}

_SYSTEM = {errno.EACCES: _DENIED, errno.EPERM: _DENIED, errno.EROFS: _DENIED, errno.ENOSPC: _FULL, errno.EDQUOT: _FULL}


def storage_error(place: str, error: Exception) -> StorageError:
    """The error as a sentence about the file, with the next thing to do."""
    if isinstance(error, OSError):
        what, hint = _SYSTEM.get(error.errno or 0, _OTHER)
    else:
        code = getattr(error, "sqlite_errorcode", 0)
        what, hint = _REASONS.get(code & 0xFF, _OTHER)  # the low byte is the kind, the rest its detail
    return StorageError(f"the history {place} {what} ({error})", hint.format(place=shlex.quote(place)))


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turns what SQLite raises inside it into StorageError; everything else passes."""
    try:
        yield
    except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
        raise storage_error(place, error) from error
