"""The kinds of check. The folder is the registry: one file adds one kind, and nothing else is edited.

A file's name is a key under `checks:` in the rules and a command `dropmon check NAME`. It holds one subclass of Probe:
its fields are the keys of an entry, its docstring is the help. A file is imported when its kind is asked for.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module

from dropmon.checks.probe import Probe


class Registry(Mapping[str, type[Probe]]):
    """Each section under `checks:` with the class of its entries."""

    def __getitem__(self, section: str) -> type[Probe]:
        if section not in names():
            raise KeyError(section)
        module = import_module(f"{__name__}.{section}")
        kinds: list[type[Probe]] = [kind for kind in vars(module).values() if _own(kind, module.__name__)]
        return kinds[-1]  # the others are parts of its entry

    def __contains__(self, section: object) -> bool:
        return section in names()  # without importing it

    def __iter__(self) -> Iterator[str]:
        return iter(names())

    def __len__(self) -> int:
        return len(names())


@cache
def names() -> tuple[str, ...]:
    """The sections, in the order of the alphabet.

    >>> names()
    ('apis', 'dns', 'functions', 'heartbeats', 'tcp', 'tls', 'web')
    """
    return tuple(sorted(name for _, name, _ in pkgutil.iter_modules(__path__)))


def registry() -> Mapping[str, type[Probe]]:
    """Each section with its class, imported when it is looked up."""
    return Registry()


def _own(kind: object, module: str) -> bool:
    return isinstance(kind, type) and issubclass(kind, Probe) and kind.__module__ == module
