"""What an SQL statement begins with: it tells a query from everything else."""

from __future__ import annotations

import re

QUERIES = frozenset({"select", "values", "table", "with", "("})  # what a query begins with
BLANKS = re.compile(r"\A(?:\s|--[^\r\n]*)+")


def verb(sql: str) -> str:
    """The first word of a statement or its first sign, after blanks and comments; these nest.

    >>> verb("-- a\\n/* b /* c */ d */ Select 1"), verb("(select 1)"), verb("; copy"), verb("/* a")
    ('select', '(', ';', '')
    """
    while (rest := BLANKS.sub("", sql)).startswith("/*"):
        sql = _uncommented(rest)
    found = re.match(r"\w+|.", rest, re.DOTALL)
    return found[0].lower() if found else ""


def _uncommented(sql: str) -> str:
    depth = 0
    for mark in re.finditer(r"/\*|\*/", sql):
        depth += 1 if mark[0] == "/*" else -1
        if not depth:
            return sql[mark.end() :]
    return ""
