"""The kinds of check. The folder is the registry: one file adds one kind, and nothing else is edited.

The fields of its class are its keys in `rules.yaml`, its docstring is the help of `dropmon check KIND`.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from dropmon.checks.probe import Probe


@cache
def registry() -> dict[str, type[Probe]]:
    """Each section under `checks:` with the class of its entries, in the order of the alphabet.

    >>> sorted(registry())
    ['apis', 'dns', 'functions', 'heartbeats', 'tcp', 'tls', 'web']
    """
    names = sorted(name for _, name, _ in pkgutil.iter_modules(__path__))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    kinds = [kind for module in modules for kind in vars(module).values() if isinstance(kind, type)]
    return {section: kind for kind in kinds if issubclass(kind, Probe) for section in kind.sections}
