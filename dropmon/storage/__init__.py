"""The doors to disk. Today there is one, an SQLite file that needs no service beside it.

>>> import tempfile
>>> from dropmon.model import Sample
>>> with tempfile.TemporaryDirectory() as folder, open_store(f"{folder}/dropmon.db") as store:
...     store.record([Sample("probe_success", (("check", "Stripe"),), 60.0, 1.0)])
...     store.latest("probe_success")
1
{(('check', 'Stripe'),): (60.0, 1.0)}
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dropmon.errors import StorageError
from dropmon.history.retention import Retention
from dropmon.storage.matcher import Matcher
from dropmon.storage.store import Info, Labels, Point, Series, State, Store, Tidied

if TYPE_CHECKING:
    from dropmon.rules import Rules

__all__ = [
    "Info", "Labels", "Matcher", "Point", "Retention", "Series", "State", "Store", "Tidied", "open_for", "open_store",
]  # fmt: skip

PATIENCE = 5.0  # seconds that a lock is waited for


def open_for(rules: Rules | None, place: str | None = None) -> Store:
    """The store that the command line names, or else the rules; it keeps for as long as the rules say.

    A relative path starts from the current folder on the command line, and from the file's own folder in the rules:
    cron and a shell must not keep two histories.
    """
    if rules is None:
        return open_store(place)
    retention = Retention(rules.history.retention, rules.history.hourly)
    if place:
        return open_store(place, retention, rules=written_by(rules))
    return open_store(rules.storage, retention, folder=rules.path.parent, rules=written_by(rules))


def open_store(
    place: str | None = None, retention: Retention | None = None, patience: float = PATIENCE,
    folder: Path | None = None, rules: str = "",
) -> Store:  # fmt: skip
    """The store at a path, `sqlite:///path`, or (None, 'sqlite') in the user's state folder; made when missing.

    StorageError when it cannot be opened, is no store, or is one of a newer dropmon.
    """
    path = path_of(place, folder or Path())
    from dropmon.storage.sqlite import SqliteStore

    return SqliteStore(path, retention or Retention(), patience, rules)


def written_by(rules: Rules | None) -> str:
    """How what a rules file brings about is known as its own; nothing without one.

    By the name that it goes by: what is behind a link stays the same file when the link leads to the next release.
    """
    return os.path.abspath(rules.path) if rules else ""  # noqa: PTH100 - Path.resolve follows links


def place_of(rules: Rules, place: str | None = None) -> Path:
    """The history file that the command line names, or else the rules. Raises StorageError."""
    return path_of(place, Path()) if place else path_of(rules.storage, rules.path.parent)


def path_of(place: str | None, folder: Path) -> Path:
    """The file that a place means; a relative one lies in the folder.

    >>> path_of("sqlite:///var/lib/dropmon.db", Path("etc")).as_posix(), path_of("x.db", Path("etc")).as_posix()
    ('/var/lib/dropmon.db', 'etc/x.db')
    >>> path_of("postgresql://db.example.com/dropmon", Path())
    Traceback (most recent call last):
    dropmon.errors.StorageError: postgresql:// storage is not available in this version
    """
    if not place or place == "sqlite":
        return state_folder() / "dropmon.db"
    scheme, _, rest = place.partition("://")
    if rest and scheme != "sqlite":
        raise StorageError(
            f"{scheme}:// storage is not available in this version",
            "write a path, or `storage: sqlite` for a file in your state folder",
        )
    return folder / at_home(Path(rest or place))


def state_folder() -> Path:
    """Where this user's programs keep what they must remember (XDG base directories)."""
    folder = Path(os.environ.get("XDG_STATE_HOME", ""))
    return (folder if folder.is_absolute() else at_home(Path("~/.local/state"))) / "dropmon"


def at_home(path: Path) -> Path:
    """The path with its `~` replaced; cron and containers know users without a home."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise StorageError(
            f"there is no place for the history: {path} is in the home of a user who has none",
            "choose one with --storage FILE or $DROPMON_STORAGE",
        ) from None
