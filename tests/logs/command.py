"""`dropmon logs` in a process of its own, with bytes in and bytes out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, NamedTuple

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "dropmon", "logs"]


class Done(NamedTuple):
    """What came of a run."""

    out: bytes
    err: str
    code: int


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}


def filtered(data: bytes | Path | None, *arguments: str | Path, cwd: Path | None = None) -> Done:
    """Runs the filter over bytes in a pipe, over a file as standard input, or over the files among the arguments."""
    command = [*COMMAND, *map(str, arguments)]
    if isinstance(data, Path):
        with data.open("rb") as file:
            done = subprocess.run(command, stdin=file, capture_output=True, timeout=60, cwd=cwd, env=environment())
    else:
        done = subprocess.run(command, input=data or b"", capture_output=True, timeout=60, cwd=cwd, env=environment())
    return Done(done.stdout, done.stderr.decode(), done.returncode)


def started(*arguments: str | Path, out: IO[bytes] | int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    """A run that goes on."""
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.PIPE,
        env=environment(),
        preexec_fn=interruptible,
    )


def interruptible() -> None:
    """A shell without job control starts what runs behind it deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


MEASURED = """
import os, resource, sys
code = os.spawnv(os.P_WAIT, sys.executable, [sys.executable, *sys.argv[1:]])
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
os._exit(code)
"""


class Measured(NamedTuple):
    """What a run took."""

    size: int  # bytes of its answer
    peak: int  # bytes of memory
    code: int
    err: str


def measured(stdin: IO[bytes] | int, out: Path, *arguments: str | Path) -> Measured:
    """A run and the most memory that it held."""
    command = [sys.executable, "-c", MEASURED, "-m", "dropmon", "logs", *map(str, arguments)]
    with out.open("wb") as answer:
        done = subprocess.run(
            command, stdin=stdin, stdout=answer, stderr=subprocess.PIPE, timeout=300, env=environment()
        )
    err = done.stderr.decode()
    peak = int(err.rpartition("peak ")[2]) << (0 if sys.platform == "darwin" else 10)
    return Measured(out.stat().st_size, peak, done.returncode, err)
