"""Processes that tick, or acknowledge, one store: run as `python -m tests.incidents.processes WHAT FOLDER …`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dropmon import response
from dropmon.alerts.plan import plan
from dropmon.desk import desk
from dropmon.rules import load
from dropmon.storage import open_store
from dropmon.tick import tick
from tests.incidents.scene import START

ROOT = Path(__file__).parents[2]


def start(what: str, folder: Path, *more: str) -> subprocess.Popen[str]:
    """A process that says ready, and begins when it is told to."""
    command = [sys.executable, "-m", "tests.incidents.processes", what, str(folder), *more]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def ready(process: subprocess.Popen[str]) -> None:
    """Waits until it has imported everything."""
    assert process.stdout
    assert process.stdout.readline() == "ready\n"


def begin(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()


def run(what: str, folder: str, *more: str) -> None:
    rules = load(Path(folder) / "rules.yaml")
    place = str(Path(folder) / "x.db")
    planned = plan(rules)
    print("ready", flush=True)
    sys.stdin.readline()
    if what == "ack":
        with desk(rules, place, START + 60, START + 60) as own:
            print("first" if response.acknowledge(own, 1, more[0]).news else "late", flush=True)
        return
    minute = float(more[0])
    while minute <= float(more[1]):
        with open_store(place) as store:
            tick(rules, planned, store, START + minute * 60)
        minute += 1


if __name__ == "__main__":
    run(*sys.argv[1:])
