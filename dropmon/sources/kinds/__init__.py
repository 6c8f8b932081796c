"""The kinds of source. The folder is the registry: one file adds one kind, and nothing else is edited.

A file's name is a key under `sources:` in the rules. It holds one subclass of Source: its fields are the keys of an
entry, its docstring is the help.
"""

from __future__ import annotations

import sys
from functools import cache

from dropmon.registry import Registry
from dropmon.sources.source import Source


@cache
def registry() -> Registry[Source]:
    """Each key under `sources:` that is alive, with the class of its entries.

    >>> "sql" in registry()
    True
    """
    return Registry(sys.modules[__name__], Source)
