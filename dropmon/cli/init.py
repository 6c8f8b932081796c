"""dropmon init: a rules file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    help="Write a rules file to start from: commented, and it works as it is. Never overwrites one."
    "\n\nExample: dropmon init --path rules.yaml"
)
def init(
    path: Annotated[Path, typer.Option("--path", help="Where to write it.")] = Path("rules.yaml"),
    runbooks: Annotated[bool, typer.Option("--runbooks", help="Also the runbooks, beside it, to be edited.")] = False,
) -> None:
    from dropmon.output import write
    from dropmon.rules import starter

    starter.write(path)
    for page in pages(path.parent) if runbooks else ():
        write(f"wrote {page}")
    named = "" if path == Path("rules.yaml") else f" --rules {path}"
    write(f"wrote {path}\n\nnext:  dropmon check apis{named}\nthen:  edit {path}, and dropmon rules check{named}")


def pages(folder: Path) -> list[Path]:
    """Copies the runbooks that come with dropmon beside the rules; those that are there stay."""
    from dropmon.runbooks.shelf import FOLDER, copied

    wrote, _ = copied((), folder / FOLDER)
    return wrote
