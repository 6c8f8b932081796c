"""PgBouncer in transaction mode, as it stands in front of most servers."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg

from dropmon.demo import wheel
from dropmon.demo.keeper import free_port
from tests.db.sessions import connect, eventually
from tests.requirements import need

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dropmon.demo.database import Server

DEBIAN = "/usr/sbin/pgbouncer"  # not on the PATH of an ordinary user
ROLES = ("postgres", "dropmon", "app", "blind")
SETTINGS = """
[databases]
* = host=127.0.0.1 port={server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
pool_mode = transaction
server_idle_timeout = 600
"""


class Bouncer(NamedTuple):
    """Where it listens; it passes on to every database of its server."""

    server: Server
    port: int

    def url_of(self, role: str, database: str = "shop") -> str:
        return f"postgresql://{role}:{self.server.password}@127.0.0.1:{self.port}/{database}"

    def sessions(self) -> set[int]:
        """Who is at the server, the sessions that a pooler keeps among them."""
        with connect(self.server, "postgres", "bouncer") as look:
            sql = "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
            return {pid for (pid,) in look.execute(sql)}

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url_of("app")).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def bounced(server: Server) -> Iterator[Bouncer]:
    """PgBouncer in front of a server, on a free port."""
    program = need("pgbouncer" if shutil.which("pgbouncer") else DEBIAN)
    owner = wheel.owner()
    folder = wheel.folder(owner)
    bouncer = Bouncer(server, free_port())
    (folder / "ini").write_text(SETTINGS.format(server=server, port=bouncer.port, folder=folder))
    (folder / "users").write_text("".join(f'"{role}" "{server.password}"\n' for role in ROLES))
    before = bouncer.sessions()
    quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([program, "-q", str(folder / "ini")], cwd="/", start_new_session=True, **quiet, **owner)
    try:
        assert eventually(bouncer.answers)
        yield bouncer
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)
        assert eventually(lambda: bouncer.sessions() <= before)
