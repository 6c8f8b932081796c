"""What was decided while the store could not be written, kept until it can: in memory, where no disk is full."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dropmon.alerts.state import Key, State
    from dropmon.rules import Rules


class Aside:
    """A file of one's own for each store. One that cannot be read or written is none: better told again than never."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[Key, State]:
        """What is kept; nothing that somebody else has put there."""
        try:
            file = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:  # as nearly always: there is none
            return {}
        from dropmon.alerts.state import unpacked

        with os.fdopen(file, encoding="utf-8") as text:
            found = os.fstat(text.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
                return {}
            with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
                return {one.key: one for one in map(unpacked, json.load(text))}
        return {}

    def keep(self, states: Iterable[State]) -> None:
        import tempfile

        from dropmon.alerts.state import packed
        from dropmon.secrets import mask

        text = json.dumps([mask(packed(one)) for one in states])
        with suppress(OSError):
            file, name = tempfile.mkstemp(prefix=f"{self.path.name}.", dir=self.path.parent)  # its owner's alone
            try:
                with os.fdopen(file, "w", encoding="utf-8") as new:
                    new.write(text)
                Path(name).replace(self.path)
            except OSError:
                Path(name).unlink()

    def forget(self) -> None:
        with suppress(OSError):
            self.path.unlink()


def aside_of(rules: Rules, place: str | None) -> Aside:
    """That of the store which the command line names, or else the rules."""
    from dropmon.storage import place_of

    store = place_of(rules, place)
    folder = Path("/dev/shm")  # noqa: S108
    if not folder.is_dir():
        from tempfile import gettempdir

        folder = Path(gettempdir())
    return Aside(folder / f"dropmon-{os.geteuid()}-{sha256(os.fsencode(store.resolve())).hexdigest()[:16]}.json")
