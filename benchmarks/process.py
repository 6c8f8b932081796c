"""Whole processes timed from outside: start-up, work and end, by the kernel's own accounts."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

INSTALLED = {"PYTHONDONTWRITEBYTECODE": ""}  # pip compiles what it installs: a source that was just edited is, too


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run of a process cost: seconds of wall and CPU, MiB of memory at the most."""

    wall: float
    cpu: float
    memory: float
    output: str = ""


def run(command: Sequence[str], env: Mapping[str, str] | None = None, good: Sequence[int] = (0,)) -> Cost:
    """Runs a command to its end, and says what it cost. Raises RuntimeError when it fails."""
    began = time.perf_counter()
    whole = {**os.environ, **INSTALLED, **(env or {})}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=whole, text=True) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in good:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {output[:500]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output)


def in_turn(
    commands: Mapping[str, Sequence[str]], rounds: int, env: Mapping[str, str] | None = None
) -> dict[str, list[Cost]]:
    """Each command `rounds` times, A B C A B C …, after one round that does not count."""
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            cost = run(command, env)
            if turn:
                costs[name].append(cost)
    return costs


def median(costs: Sequence[Cost], figure: str) -> float:
    return float(statistics.median(getattr(cost, figure) for cost in costs))


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
