"""The SQL of a report as one server understands it: lines that say for whom they are, and options as `:name`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

WHEN = re.compile(r"\s+-- when (\w+)(?: (>=|<) ([\d.]+))?$|\s+-- when not (\w+)$")
PLACE = re.compile(r"(?<![:\w]):([a-z_]+)\b")
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType({">=": operator.ge, "<": operator.lt})

Facts = Mapping[str, object]  # server: 17.0, statements: (1, 11), monitor: True …


def variant(sql: str, facts: Facts) -> str:
    """The SQL without the lines that are for other servers; `@statements` is the schema of pg_stat_statements.

    That schema is in no search path: whoever may create a function in it would run with our rights.

    >>> text = "select a, -- when server >= 16\\n  b, -- when server < 16\\n  c -- when monitor"
    >>> variant(text, {"server": (15, 4), "monitor": True})
    '  b,\\n  c'
    >>> variant("x -- when statements >= 1.11", {"statements": (1, 9)})
    ''
    """
    lines = []
    for line in sql.split("\n"):
        found = WHEN.search(line)
        if found is None or _holds(found, facts):
            lines.append(line[: found.start()] if found else line)
    return "\n".join(lines).replace("@statements", str(facts.get("schema") or "public"))


def _holds(found: re.Match[str], facts: Facts) -> bool:
    name, sign, version, absent = found.groups()
    if absent:
        return not facts[absent]
    if sign is None:
        return bool(facts[name])
    return COMPARE[sign](facts[name], tuple(map(int, version.split("."))))


def placed(sql: str) -> str:
    """The SQL with the driver's places for the options; casts and literals stay as they are.

    >>> placed("select '10%', a::text where b > :min")
    "select '10%%', a::text where b > %(min)s"
    """
    return PLACE.sub(r"%(\1)s", sql.replace("%", "%%"))
