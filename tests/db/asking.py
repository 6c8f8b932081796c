"""A report asked of a test server, as the command asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dropmon.db.database import Database
from dropmon.db.report import load
from dropmon.db.session import session

if TYPE_CHECKING:
    from dropmon.db.run import Answer
    from dropmon.demo.database import Server


def ask(server: Server, name: str, role: str = "dropmon", database: str = "shop", **options: Any) -> Answer:
    """The answer to the report of that name. Options as on the command line."""
    with session(Database("main", server.url_of(role, database))) as found:
        return found.ask(load(name), options)
