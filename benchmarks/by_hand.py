"""What a runbook's author writes by hand: Typer and psycopg run one query and print its rows. Rich, if asked for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import psycopg
import typer

app = typer.Typer()


@app.command()
def main(
    sql: Path, url: Annotated[str, typer.Option(envvar="DATABASE_URL")], rich: Annotated[bool, typer.Option()] = False
) -> None:
    """Runs the SQL of a file."""
    with psycopg.connect(url) as connection:
        cursor = connection.execute(sql.read_bytes())
        titles = [column.name for column in cursor.description or ()]
        rows = [["" if value is None else str(value) for value in row] for row in cursor]
    if rich:
        from rich.console import Console
        from rich.table import Table

        grid = Table(*titles)
        for row in rows:
            grid.add_row(*row)
        Console().print(grid)
    else:
        sys.stdout.writelines("\t".join(row) + "\n" for row in [titles, *rows])


app()
