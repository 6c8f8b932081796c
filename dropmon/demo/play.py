"""The demo from its start to its end: the platform up, checked once, what to try said, everything taken down."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from dropmon import output
from dropmon.demo import running, shop
from dropmon.demo.platform import Platform
from dropmon.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

TRY = """
The platform runs until Ctrl-C. Its rules, logs and history are in {folder}. From a second terminal:

  cd {folder}
  dropmon check apis                     what is up, what is not, since when
  dropmon demo --break shopify           an outage; or --break stripe=auth, database=leak, vercel=release
  dropmon triage                         what is going on, and what it probably is
  dropmon check all --watch              see it happen
  dropmon demo --mend shopify
  dropmon history info                   what has been kept of it all
"""

ONCE = "All of it ran on this machine. Without --once it stays, to be broken: dropmon demo"


def changes(broken: Sequence[str], mended: Sequence[str]) -> dict[str, str | None]:
    """What to break, and how; None is to mend.

    >>> changes(["shopify", "stripe=auth"], ["bigbuy"])
    {'shopify': 'down', 'stripe': 'auth', 'bigbuy': None}
    """
    asked = (word.partition("=") for word in broken)
    return {**{name: how or "down" for name, _, how in asked}, **dict.fromkeys(mended)}


def change(folder: Path | None, changes: Mapping[str, str | None]) -> bool:
    """Tells the running demo; False when none runs and something is to be broken from the start."""
    url = running.found(folder)
    if url is None and None in changes.values():
        raise UsageError(f"no demo runs in {folder or running.USUAL}", "start one with: dropmon demo")
    if url is None:
        return False
    for name, how in changes.items():
        running.suffer(url, name, how)
        output.write(f"{name} is broken: {how}" if how else f"{name} works again")
    return True


def play(
    folder: Path | None, port: int, once: bool, changes: Mapping[str, str | None], check: Callable[[Platform], int]
) -> int:
    """Runs the platform and the check; stays until it is told to end, unless `once`. Returns the check's exit code."""
    place = folder or running.USUAL
    if not once and running.control(place):
        raise UsageError(f"a demo already runs in {place}", "end it with Ctrl-C, or choose another --folder")
    with ending_well(), home(place, once and not folder) as place:
        if sys.stderr.isatty():
            print("Starting a shop's whole platform on this machine …", file=sys.stderr)
        platform = Platform(place, port)
        for name, how in changes.items():
            platform.stage.know(name, how)
        with platform:
            return perform(platform, once, changes, check)


def perform(platform: Platform, once: bool, changes: Mapping[str, str | None], check: Callable[[Platform], int]) -> int:
    """One performance of a platform that is up."""
    for name, how in changes.items():
        platform.suffer(name, how)
    if platform.missing:
        output.warn(f"without a database: {platform.missing.what}", platform.missing.hint)
    if once:
        code = check(platform)
        print(ONCE, file=sys.stderr)
        return code
    stay(platform, check)
    return 0


def stay(platform: Platform, check: Callable[[Platform], int]) -> None:
    """The shop goes about its work until Ctrl-C."""
    if platform.database:
        shop.open_sessions(platform.database)
    with running.noted(platform.folder, platform.urls["control"]):
        check(platform)
        output.write(TRY.format(folder=shown(platform.folder)))
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("\nThe demo has ended.", file=sys.stderr)


def shown(folder: Path) -> str:
    """The folder as one would type it here."""
    try:
        return str(folder.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(folder)


@contextmanager
def home(folder: Path, passing: bool) -> Iterator[Path]:
    """The folder to play in; a passing one goes away again."""
    if not passing:
        yield folder
        return
    with TemporaryDirectory(prefix="dropmon-demo-") as made:
        yield Path(made)


@contextmanager
def ending_well() -> Iterator[None]:
    """A polite kill and a closed terminal end the demo as Ctrl-C does, so that it can clean up."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # nohup means it
            signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
