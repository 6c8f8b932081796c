"""What stands behind ```dropmon: options of all steps in the block, and defaults of their parameters. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dropmon import units
from dropmon.runbooks.page import PATIENCE

LANGUAGE = "dropmon"
LONGEST = 86400.0  # seconds
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Options(NamedTuple):
    """How the steps of a block are run."""

    write: bool = False
    timeout: float = PATIENCE
    title: str = ""
    defaults: Mapping[str, str] = MappingProxyType({})


def marked(info: str) -> bool:
    """Whether the words behind a fence mark its lines as steps.

    >>> marked("dropmon write"), marked("sh"), marked("")
    (True, False, False)
    """
    return info.split(maxsplit=1)[:1] == [LANGUAGE]


def options(info: str) -> Options:
    """What the words behind a fence say. Raises ValueError.

    >>> options('dropmon write timeout=30s title="Look" since=1h')[:3]
    (True, 30.0, 'Look')
    >>> options("dropmon wrte")
    Traceback (most recent call last):
    ValueError: 'wrte' is no option of a block: write `write`, timeout=30s, title="…" or name=default
    """
    found, defaults = Options(), {}
    for word in shlex.split(info)[1:]:
        key, given, value = word.partition("=")
        if word == "write":
            found = found._replace(write=True)
        elif key == "title" and given:
            found = found._replace(title=value)
        elif key == "timeout" and given:
            found = found._replace(timeout=_timeout(value))
        elif given and NAME.fullmatch(key):
            defaults[key] = value
        else:
            raise ValueError(f'{word!r} is no option of a block: write `write`, timeout=30s, title="…" or name=default')
    return found._replace(defaults=MappingProxyType(defaults))


def _timeout(text: str) -> float:
    seconds = units.duration(text)
    if not 0.1 <= seconds <= LONGEST:
        raise ValueError(f"timeout={text} is not between 100ms and 1d")
    return seconds
