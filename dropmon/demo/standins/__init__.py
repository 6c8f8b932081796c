"""The stand-ins. The folder is the registry: one file adds one, and nothing else is edited."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

from dropmon.demo.standin import Stage, Standin

if TYPE_CHECKING:
    from pathlib import Path


def stage(folder: Path) -> Stage:
    """Every stand-in by name, closed, knowing each other.

    >>> from pathlib import Path
    >>> sorted(stage(Path()).cast)[:6]
    ['bigbuy', 'certificate', 'control', 'database', 'dns', 'functions']
    """
    made = Stage(folder)
    for module in sorted(name for _, name, _ in pkgutil.iter_modules(__path__)):
        for kind in vars(import_module(f"{__name__}.{module}")).values():
            if isinstance(kind, type) and issubclass(kind, Standin) and kind is not Standin:
                made.cast[kind.name] = kind(made)
    return made
