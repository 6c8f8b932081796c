"""Processes that use a store as others would: run as `python -m tests.storage.processes WHAT PLACE`."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import dropmon.storage.sqlite  # noqa: F401 - before the right to read it is given up
from dropmon.errors import StorageError, UsageError
from dropmon.model import Sample
from dropmon.rules import find
from dropmon.storage import open_store
from tests.storage.numbers import START, every

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
NOBODY = 65534


def start(what: str, place: str, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.storage.processes", what, place, *more]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def hold(place: str) -> None:
    """Holds the write lock until it is killed."""

    def endless() -> Iterator[Sample]:
        yield from every(60, 1)
        print("holding", flush=True)
        time.sleep(60)

    with open_store(place) as store:
        store.record(endless())


def write(place: str, name: str, rounds: str) -> None:
    """Records rounds of nine samples, one transaction each."""
    with open_store(place) as store:
        for number in range(int(rounds)):
            labels = [(("writer", name), ("part", str(part))) for part in range(9)]
            store.record([Sample("written", part, START + number, number) for part in labels], now=START)


def crash(place: str) -> None:
    """Says after each transaction that it is committed, and is in the midst of the next when it is killed."""
    with open_store(place) as store:
        for number in itertools.count():
            store.record(Sample("written", (), START + number * 500 + n, n) for n in range(500))
            print(number, flush=True)


def refused(place: str) -> None:
    """Records as a user without any right, and prints why that failed."""
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    try:
        with open_store(place, patience=0.2) as store:
            print("opened", flush=True)
            store.record(every(60, 1))
    except StorageError as error:
        print(error.what, "→", error.hint, flush=True)


def homeless(_: str) -> None:
    """Opens the store, and looks for the rules, as a user who is not in the system's list and has no $HOME."""
    os.setuid(NOBODY - 1234)
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        os.environ.pop(name, None)
    os.chdir("/")
    for work in (open_store, find):
        try:
            work()
        except StorageError as error:
            print(error.what, "→", error.hint)
        except UsageError as error:
            print(error.what)


if __name__ == "__main__":
    parts: dict[str, Callable[..., None]] = {
        "hold": hold,
        "write": write,
        "crash": crash,
        "refused": refused,
        "homeless": homeless,
    }
    parts[sys.argv[1]](*sys.argv[2:])
