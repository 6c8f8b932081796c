"""A clock for processes of one's own: it can be set, be ahead, or go faster (`clock.c` makes them believe it)."""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
import time
from pathlib import Path

SOURCE = Path(__file__).with_name("clock.c")
NANO = 1_000_000_000


def library(folder: Path) -> Path | None:
    """What the processes are to load; None where nobody can compile it."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    built = folder / "clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", built, SOURCE, "-ldl"], check=True)
    return built


class Clock:
    """Seconds that have truly gone by for its processes (`passed`), and what their wall clock says (`now`)."""

    def __init__(self, place: Path, loaded: Path, rate: int = 1) -> None:
        """It agrees with the machine's now. `rate`: how many times faster it goes."""
        self.rate, self._began, self._wall = rate, time.monotonic_ns(), time.time_ns()
        self._skipped = self._back = 0
        place.write_bytes(struct.pack("4q", self._began, self._wall, rate, 0))
        with place.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 32)
        self.environment = {"LD_PRELOAD": str(loaded), "CLOCK": str(place)}

    def passed(self) -> float:
        return ((time.monotonic_ns() - self._began) * self.rate + self._skipped) / NANO

    def now(self) -> float:
        return (self._wall - self._back) / NANO + self.passed()

    def skip(self, seconds: float) -> None:
        """So much later: for what runs only now and then, that is as if somebody had waited."""
        self._skipped += int(max(0.0, seconds) * NANO)
        self._write()

    def turn_back(self, seconds: float) -> None:
        """Sets the wall clock back."""
        self._back += int(seconds * NANO)
        self._write()

    def _write(self) -> None:
        self._memory[24:32] = struct.pack("q", self._skipped - self._back)
