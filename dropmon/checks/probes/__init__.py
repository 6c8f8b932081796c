"""The kinds of check. The folder is the registry: one file adds one kind, and nothing else is edited.

A file's name is a key under `checks:` in the rules and a command `dropmon check NAME`. It holds one subclass of Probe:
its fields are the keys of an entry, its docstring is the help.
"""

from __future__ import annotations

import sys
from functools import cache

from dropmon.checks.probe import Probe
from dropmon.registry import Registry


@cache
def registry() -> Registry[Probe]:
    """Each section under `checks:` with the class of its entries.

    >>> sorted(registry())
    ['apis', 'dns', 'functions', 'heartbeats', 'tcp', 'tls', 'web']
    """
    return Registry(sys.modules[__name__], Probe)
