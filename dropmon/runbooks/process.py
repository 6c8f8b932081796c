"""One step as a process of its own, so that one that hangs can be ended. What it prints goes where ours goes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO, NamedTuple

INTERRUPTED = 130  # what a program says that was ended by Ctrl-C
GRACE = 2.0  # seconds between asking a process to end and ending it
COMMAND = (sys.executable, "-P", "-m", "dropmon")  # -P: a folder called dropmon here is not what is meant


class Ended(NamedTuple):
    """How a process ended."""

    exit_code: int | None  # None when it never began
    seconds: float
    late: bool = False  # it was ended, for it had had its time
    interrupted: bool = False  # somebody pressed Ctrl-C, or asked us to end
    error: str = ""  # why it never began


def execute(
    command: Sequence[str], environment: Mapping[str, str], timeout: float | None, terminal: bool,
    out: IO[str] | None = None,
) -> Ended:  # fmt: skip
    """Runs a command for at most `timeout` seconds, None for as long as it takes; it prints to `out`, else to our own
    stdout.

    On a terminal it may ask questions, and hears Ctrl-C as we do. Without one it has no input, and all that it starts
    ends with it.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    start = time.monotonic()
    try:
        process = subprocess.Popen(  # noqa: S603
            list(command), env={**os.environ, **environment}, stdin=None if terminal else subprocess.DEVNULL,
            stdout=out, start_new_session=not terminal,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        return Ended(None, 0.0, error=str(error))
    late = interrupted = False
    try:
        with asked_to_end():
            process.wait(timeout)
    except subprocess.TimeoutExpired:
        late = True
    except KeyboardInterrupt:
        interrupted = True
    if late or interrupted:
        end(process, not terminal)
    code = process.returncode
    return Ended(code, time.monotonic() - start, late, interrupted or code in {INTERRUPTED, -signal.SIGINT})


def end(process: subprocess.Popen[bytes], group: bool) -> None:
    """Asks a process to end as Ctrl-C does, and ends it when it does not listen; with `group` all that it started."""
    with suppress(KeyboardInterrupt):  # a second Ctrl-C: at once
        _send(process, signal.SIGINT, group)
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
    _send(process, getattr(signal, "SIGKILL", signal.SIGTERM), group)
    process.wait()


def _send(process: subprocess.Popen[bytes], number: int, group: bool) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if group and hasattr(os, "killpg"):
            os.killpg(process.pid, number)  # its group outlives it while one of the group lives
        elif process.poll() is None:
            process.send_signal(number)


@contextmanager
def asked_to_end() -> Iterator[None]:
    """SIGTERM and SIGHUP are Ctrl-C meanwhile: the step must not outlive us."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    try:
        before = {number: signal.signal(number, interrupt) for number in numbers}
    except ValueError:  # not in the main thread
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
