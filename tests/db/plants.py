"""What is planted in every server: each fault that a report looks for, beside what it must not report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dropmon.demo.database import Server

# a name may hold anything: here what would break lines, quotes, a terminal, Rich markup and HTML
NASTY = 'ev"il\n\x1b[31m[bold red]<script>alert(1)</script>'
SQL = Path(__file__).parent / "plants.sql"


def plant(server: Server) -> None:
    """Plants everything in a fresh server."""
    server.run(SQL.read_text("utf-8"), password=server.password, nasty=NASTY)
