"""Only one at a time: a lock that ends with the process that holds it, however that ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dropmon.errors import DropmonError
from dropmon.output import warn
from dropmon.units import human_duration


@contextmanager
def alone(path: Path, who: str, at: float) -> Iterator[None]:
    """Holds the lock from `at`, in seconds since 1970, to the end of the block.

    Raises DropmonError when another process holds it. A lock that cannot be made is a warning: better twice than never.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        warn(f"warning: no lock at {path}: {error.strerror}", "another run at the same time would not be noticed")
        yield
        return
    try:
        _take(file, path, at)
        with suppress(OSError):  # the disk is full: held all the same
            os.ftruncate(file, 0)
            os.pwrite(file, f"{os.getpid()} {at:.3f} {who}\n".encode(), 0)
        yield
    finally:
        os.close(file)


def _take(file: int, path: Path, at: float) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise busy(os.pread(file, 200, 0).decode("utf-8", "replace"), at) from None
    except OSError as error:
        warn(f"warning: no lock at {path}: {error.strerror}", "another run at the same time would not be noticed")


def busy(held: str, at: float) -> DropmonError:
    """What is said of a lock that another holds.

    >>> busy("17 1000.0 dropmon cycle", 1125.0).what
    'dropmon cycle (process 17) has been running for 2m 5s: nothing is done here'
    >>> busy("", 5.0).what
    'another run is under way: nothing is done here'
    """
    pid, _, rest = held.strip().partition(" ")
    since, _, who = rest.partition(" ")
    try:
        lasting = human_duration(max(0, round(at - float(since))))
        what = f"{who} (process {int(pid)}) has been running for {lasting}: nothing is done here"
        return DropmonError(what, f"is it stuck? then: kill {int(pid)}")
    except ValueError:
        return DropmonError("another run is under way: nothing is done here", "run it again")
