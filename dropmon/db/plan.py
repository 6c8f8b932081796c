"""A plan as the server writes it: step by step, and what in it is worth a look."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

LARGE, FEW, MOST = 10_000, 0.1, 3  # rows of a table; the share of them that is few; findings
NODE = re.compile(r"\s*(?:->\s+)?(.*?)\s+\(cost=[\d.]+?\.\.([\d.]+) rows=(\d+) width=\d+\)$")
HEADING = re.compile(r"\s*((?:InitPlan|SubPlan|CTE) [^:]*)$")


class Step(NamedTuple):
    """One node of a plan, as the server writes it."""

    depth: int
    title: str
    cost: float  # of the whole, in the planner's units
    rows: int  # that the planner expects
    conditions: tuple[str, ...] = ()


class Relation(NamedTuple):
    """A table as the planner knows it; `rows` is -1 when it was never analysed."""

    quoted: str
    rows: float
    pages: int

    @property
    def analysed(self) -> bool:
        return self.rows > 0 or (self.rows == 0 and self.pages > 0)


def walked(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A node and all below it, in the order of the text."""
    yield node
    for inner in node.get("Plans", ()):
        yield from walked(inner)


def steps(text: Sequence[str]) -> Iterator[Step]:
    """The nodes of a plan's text, each with the lines that belong to it.

    >>> list(steps(["Limit  (cost=0.00..1.50 rows=2 width=4)",
    ...             "  ->  Seq Scan on t  (cost=0.00..9.00 rows=5 width=4)", "        Filter: (a = $1)"]))
    [Step(depth=0, title='Limit', cost=1.5, rows=2, conditions=()),
     Step(depth=1, title='Seq Scan on t', cost=9.0, rows=5, conditions=('Filter: (a = $1)',))]
    """
    indents: list[int] = []
    step: Step | None = None
    heading = ""
    for line in text:
        if found := NODE.match(line):
            if step:
                yield step
            indent = len(line) - len(line.lstrip())
            indents = [each for each in indents if each < indent]
            step = Step(len(indents), heading + found[1], float(found[2]), int(found[3]))
            indents.append(indent)
            heading = ""
        elif found := HEADING.match(line):
            heading = f"{found[1]}: "
        elif step:
            step = step._replace(conditions=(*step.conditions, line.strip()))
    if step:
        yield step


def findings(nodes: Sequence[Mapping[str, Any]], tables: Mapping[tuple[str, str], Relation]) -> dict[int, str]:
    """What to look at, by the number of the node: few and simple, and nothing that a plan alone cannot tell."""
    found: dict[int, str] = {}
    for number, node in enumerate(nodes):
        table = tables.get((node.get("Schema", ""), node.get("Relation Name", "")))
        if table and len(found) < MOST and (said := finding(node, table)):
            found[number] = said
    return found


def finding(node: Mapping[str, Any], table: Relation) -> str:
    """What to do about one node, if anything."""
    if not table.analysed:
        return f"its numbers are guesses, nobody has analysed it: analyze {table.quoted};"
    kept = float(node["Plan Rows"])
    if node["Node Type"] == "Seq Scan" and "Filter" in node and table.rows >= LARGE and kept <= FEW * table.rows:
        return (
            f"it reads about {table.rows:,.0f} rows to keep about {kept:,.0f}: "
            "an index on what the filter compares may help, if it is asked often"
        )
    return ""
