"""Options that many commands share, written once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dropmon.output import Format

RulesPath = Annotated[
    Path | None,
    typer.Option("--rules", envvar="DROPMON_RULES", help="The rules file. Default: ./rules.yaml, then the config folder."),
]
Storage = Annotated[
    str | None,
    typer.Option("--storage", envvar="DROPMON_STORAGE", help="The history file. Default: in the user's state folder."),
]
Output = Annotated[
    Format | None, typer.Option("--format", help="Default: rich on a terminal, plain in a pipe.", case_sensitive=False)
]
