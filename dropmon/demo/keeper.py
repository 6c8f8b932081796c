"""Keeps one PostgreSQL alive for as long as its parent, however the parent ends.

A program of its own, run without dropmon: it makes a cluster, starts the server, prints its port when it is
ready (or else what went wrong), and waits for its standard input to close. That happens when the parent
closes it, leaves, crashes or is killed. Then the server is stopped and its folder removed. Until then a line
`crash` ends the server at once, and a line `start` starts it again on its port; each is answered by a line.
"""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

PATIENCE = 30.0  # seconds to start, and to stop
HASTE = ("--no-sync", "--no-data-checksums", "--no-instructions")  # the second is new in 18, the third in 14


@dataclass(frozen=True, slots=True)
class Cluster:
    """What to run, and where. `owner`: who runs it, in the words of `subprocess`."""

    folder: str
    binaries: str
    log: str
    port: int
    owner: dict[str, Any]
    settings: dict[str, str]

    @property
    def data(self) -> Path:
        return Path(self.folder, "data")

    def make(self, log: IO[bytes]) -> None:
        command = [f"{self.binaries}/initdb", "-D", str(self.data), "-U", "postgres"]
        command += ["-A", "scram-sha-256", f"--pwfile={self.folder}/password", "-E", "UTF8", "--no-locale"]
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": log}
        offered = subprocess.run([command[0], "--help"], check=True, stdout=subprocess.PIPE).stdout.decode()  # noqa: S603
        command += [option for option in HASTE if option in offered]
        subprocess.run(command, check=True, **pipes, **self.owner)  # noqa: S603

    def start(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        options = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        command = [f"{self.binaries}/postgres", "-D", str(self.data), "-p", str(self.port or free_port())]
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
        return subprocess.Popen([*command, *options], **pipes, **self.owner)  # noqa: S603

    def port_when_ready(self, server: subprocess.Popen[bytes]) -> str:
        """The port, once the server's own note says that it is ready. Raises TimeoutError."""
        deadline = time.monotonic() + PATIENCE
        while server.poll() is None and time.monotonic() < deadline:
            note = self.data / "postmaster.pid"
            lines = note.read_text().splitlines() if note.exists() else []
            if len(lines) > 7 and lines[7].strip() == "ready":
                return lines[3]
            time.sleep(0.01)
        raise TimeoutError


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def keep(cluster: Cluster) -> None:
    """Runs the server until standard input closes."""
    with Path(cluster.log).open("wb") as log:
        cluster.make(log)
        server = cluster.start(log)
        try:
            again = replace(cluster, port=announce(cluster, server))
            for word in iter(sys.stdin.readline, ""):
                if word.strip() == "start":
                    server = again.start(log)
                    announce(again, server)
                else:
                    end(server, signal.SIGQUIT)
                    print("crashed", flush=True)
        finally:
            end(server, signal.SIGINT)


def announce(cluster: Cluster, server: subprocess.Popen[bytes]) -> int:
    """Prints the port, and returns it, once the server is ready."""
    port = cluster.port_when_ready(server)
    print(port, flush=True)
    threading.Thread(target=server.wait, daemon=True).start()
    return int(port)


def end(server: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """Ends every session at once and shuts down: in order (SIGINT), or as a crash does (SIGQUIT)."""
    server.send_signal(how)
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()


if __name__ == "__main__":
    cluster = Cluster(**json.loads(sys.argv[1]))
    try:
        keep(cluster)
    except (OSError, subprocess.CalledProcessError) as error:
        log = Path(cluster.log)
        last = log.read_text(errors="replace").splitlines()[-5:] if log.exists() else []
        print("\n".join(last) or error)
    finally:
        shutil.rmtree(cluster.folder, ignore_errors=True)
