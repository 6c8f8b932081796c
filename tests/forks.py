"""Processes that begin with everything imported: forks of one that has done nothing else. Each is a process of its own.

`python -m tests.forks MODULE` is that one: `run` of the module is what a fork runs, `warm` what is done before.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[1]
ENOUGH = 1 << 16  # bytes of a request


class Fork:
    """The side of a process that `subprocess.Popen` shows, as far as it is asked for."""

    def __init__(self, parent: Parent, pid: int, stdin: int, stdout: int) -> None:
        """With the ends of its pipes."""
        self.stdin, self.stdout = os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb")
        self._parent, self._pid = parent, pid
        self._code: int | None = None

    def poll(self) -> int | None:
        """Its exit code, or minus the signal that ended it; None while it runs."""
        if self._code is None:
            self._code = self._parent.asked({"ended": self._pid})
        return self._code

    def wait(self, timeout: float) -> int:
        """The same when it has ended. Raises TimeoutError after so many seconds."""
        end = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > end:
                raise TimeoutError(f"{self._pid} runs after {timeout:g} s")
            time.sleep(0.005)
        return code

    def kill(self) -> None:
        """Without a last word. Who is dead keeps its number until `poll` or `wait` has said so."""
        if self._code is None:
            os.kill(self._pid, signal.SIGKILL)


class Parent:
    """The process that forks."""

    def __init__(self, module: str) -> None:
        """Returns before it is ready."""
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.forks", module], cwd=ROOT, stdin=theirs.fileno()
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.wait(10)

    def fork(self, *arguments: str) -> Fork:
        """A new process that runs with these arguments."""
        (their_in, stdin), (stdout, their_out) = os.pipe(), os.pipe()
        pid = self.asked({"run": arguments}, [their_in, their_out])
        assert pid
        os.close(their_in)
        os.close(their_out)
        return Fork(self, pid, stdin, stdout)

    def asked(self, what: object, descriptors: list[int] | None = None) -> int | None:
        """A number, or None when there is none yet."""
        socket.send_fds(self._socket, [json.dumps(what).encode()], descriptors or [])
        number: int | None = json.loads(self._socket.recv(ENOUGH))
        return number


def forked(module: str, arguments: list[str], descriptors: list[int]) -> int:
    if pid := os.fork():
        return pid
    code = 1
    try:
        for place, descriptor in enumerate(descriptors):
            os.dup2(descriptor, place)  # over the socket, too: who dies says nothing there
        importlib.import_module(module).run(*arguments)
        sys.stdout.flush()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def serve(module: str, talk: socket.socket) -> None:
    """Forks and tells until nobody asks any more."""
    importlib.import_module(module).warm()
    while True:
        data, descriptors, _, _ = socket.recv_fds(talk, ENOUGH, 2)
        if not data:
            return
        what = json.loads(data)
        if "run" in what:
            answer: int | None = forked(module, what["run"], descriptors)
        else:
            pid, status = os.waitpid(what["ended"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if pid else None
        for each in descriptors:
            os.close(each)
        talk.send(json.dumps(answer).encode())


if __name__ == "__main__":
    with socket.socket(fileno=os.dup(0)) as talk:
        serve(sys.argv[1], talk)
