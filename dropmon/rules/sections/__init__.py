"""The sections of a rules file, one file each, imported when first asked for.

`sections/KEY.py` defines SHAPE, the type of what stands under KEY, and `empty`, which makes the value of an absent KEY.
`checks` has no file here: its shapes are the classes of `dropmon.checks.probes`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from pydantic import TypeAdapter

from dropmon.errors import UsageError
from dropmon.rules.problems import suggest

SECTIONS = (
    "platform", "storage", "history", "defaults", "checks", "databases", "logs", "sources", "metrics", "slos",
    "exclusions", "alerts", "channels", "maintenance", "oncall", "incidents", "runbooks", "report",
)  # fmt: skip
ACTIVE = frozenset({
    "platform", "storage", "history", "defaults", "checks", "databases", "logs", "sources", "metrics", "slos",
    "exclusions", "alerts", "channels", "maintenance", "oncall", "incidents", "runbooks", "report",
})  # fmt: skip


def named(key: str) -> str:
    """The section of that name. Raises UsageError."""
    if key not in SECTIONS:
        raise UsageError(f"there is no section {key!r}", suggest(key, SECTIONS))
    return key


def shape(key: str) -> Any:
    """The type of what stands under a key."""
    return _module(key).SHAPE


def empty(key: str) -> Any:
    """The value of a section that is not given. Nothing is validated, so no validator is built."""
    return _module(key).empty()


@cache
def adapter(key: str) -> TypeAdapter[Any]:
    """What validates a section, and describes it to an editor."""
    return TypeAdapter(shape(key))


def _module(key: str) -> Any:
    return import_module(f"{__name__}.{key}")
