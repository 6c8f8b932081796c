"""Keeps one PostgreSQL alive for as long as its parent, however the parent ends.

A program of its own, run without dropmon: it makes a cluster, starts the server, prints its port when it is
ready (or else what went wrong), and waits for its standard input to close. That happens when the parent
closes it, leaves, crashes or is killed. Then the server is stopped and its folder removed.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT
from typing import IO, Any

PATIENCE = 30.0  # seconds to start, and to stop


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
        command += ["--no-sync", "--no-data-checksums", "--no-instructions"]
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": log}
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
            print(cluster.port_when_ready(server), flush=True)
            threading.Thread(target=server.wait, daemon=True).start()
            sys.stdin.read()
        finally:
            stop(server)


def stop(server: subprocess.Popen[bytes]) -> None:
    """Ends every session at once and shuts down."""
    server.send_signal(SIGINT)
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
