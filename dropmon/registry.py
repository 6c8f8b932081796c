"""A folder of plug-ins: one file adds one, and nothing else is edited. It is imported when it is asked for."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Mapping[str, type[T]], Generic[T]):
    """The plug-ins of a package by the names of their files: each file holds one subclass of `kind`.

    >>> from dropmon.checks import probes
    >>> from dropmon.checks.probe import Probe
    >>> found = Registry(probes, Probe)
    >>> "tls" in found, found["tls"].__name__, len(found) == len(list(found))
    (True, 'Tls', True)
    """

    def __init__(self, package: ModuleType, kind: type[T]) -> None:
        self._package = package
        self._kind = kind

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(sorted(name for _, name, _ in pkgutil.iter_modules(self._package.__path__)))

    def __getitem__(self, name: str) -> type[T]:
        if name not in self._names:
            raise KeyError(name)
        module = import_module(f"{self._package.__name__}.{name}")
        own: type[T]
        (own,) = (each for each in vars(module).values() if self._is_own(each, module.__name__))
        return own

    def _is_own(self, each: object, module: str) -> bool:
        return isinstance(each, type) and issubclass(each, self._kind) and each.__module__ == module

    def __contains__(self, name: object) -> bool:
        return name in self._names  # without importing it

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
