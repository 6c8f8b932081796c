"""`storage:` where the history and the state are kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

SHAPE = Annotated[
    str, Field(min_length=1, description="sqlite (a file in the user's state folder), a path, or postgresql://…")
]


def empty() -> str:
    return "sqlite"
