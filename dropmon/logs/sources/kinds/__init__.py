"""The sources of log lines. The folder is the registry: one file adds one source, and nothing else is edited.

A file's name is a key under `logs:` in the rules, and what `--source` takes. It holds one subclass of Source: its
fields are the keys of the entry, its docstring is the help.
"""

from __future__ import annotations

import sys
from functools import cache

from dropmon.logs.sources.source import Source
from dropmon.registry import Registry


@cache
def registry() -> Registry[Source]:
    """Each source by its key.

    >>> "supabase" in registry()
    True
    """
    return Registry(sys.modules[__name__], Source)
