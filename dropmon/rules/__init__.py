"""The rules file: found, read, validated section by section, every complaint at its place.

Who only needs the types of values (`dropmon.rules.types`) does not pay for the reader: names come when they are used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dropmon.rules.entries import Entry as Entry
    from dropmon.rules.file import Rules as Rules
    from dropmon.rules.loading import load as load
    from dropmon.rules.location import find as find

HOMES = {"Entry": "entries", "Rules": "file", "find": "location", "load": "loading"}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
