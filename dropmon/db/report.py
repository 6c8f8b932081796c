"""A report is one file: SQL under a header in TOML that is its help, options, facts, columns, samples and advice.

    /*
    summary = "Statements whose mean time is above a limit"
    headline = "{statements} statements take more than {min} on average"
    needs = "statements"                 # pg_stat_statements
    [options.min]
    kind = "duration"
    default = "100ms"
    rules = "slow_query"                 # a threshold of `databases:` that replaces the default
    help = "Only statements slower than this on average."
    [facts]
    statements = "statements slower than that"
    [columns]
    calls = "calls"
    mean_seconds = "mean"
    query = {title = "statement", detail = true}
    */
    select … where mean_exec_time / 1000 > :min

Names end in their unit: `_seconds`, `_bytes`, `_ratio`, `_at` (seconds since 1970); anything else is a count or a text.
A fact is the same in every row, and is there even when no row is: `from facts left join found on true`.
Four facts are special: `verdict` (a status), `notes` (an array of sentences), `hidden` (rows nobody may see) and
`refusal` (why such options have no answer); so are the columns `status`, `hint` and `statement`. A file is ASCII,
since a database of an older encoding understands no more: `->` in a note is shown as an arrow.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from dropmon import units

FOLDER = Path(__file__).with_name("queries")
NOTHING: Mapping[str, Any] = MappingProxyType({})
MARKS: Mapping[str, dict[str, str]] = MappingProxyType({"hint": {"mark": "→ "}})  # by the column's name


def per_second(text: str) -> float:
    """A rate in its base unit.

    >>> per_second("3/minute")
    0.05
    """
    amount, seconds = units.rate(text)
    return float(amount) / seconds


def share(text: str) -> float:
    """A part of a whole: a percentage that cannot pass 100 %. Raises ValueError.

    >>> share("80%")
    0.8
    """
    found = units.percent(text)
    if found > 1:
        raise ValueError(f"{text!r} is more than the whole: write 100% or less")
    return float(found)


KINDS: Mapping[str, Callable[[str], Any]] = MappingProxyType({
    "duration": units.duration, "percent": share, "size": units.size, "rate": per_second,
    "count": int, "text": str,
})  # fmt: skip


class Option(NamedTuple):
    """What a report can be asked for: `:name` in its SQL."""

    name: str
    default: str | int | bool
    help: str
    kind: str = "text"  # duration, percent, size, rate, count, text, flag
    choices: tuple[str, ...] = ()
    rules: str = ""  # the key under `databases: … thresholds:` that replaces the default

    def read(self, text: str | int | bool) -> float | int | str | bool:
        """The value in base units: seconds, bytes, a ratio, so many a second. Raises ValueError."""
        if self.kind == "flag" or not isinstance(text, str):
            return text
        if self.choices and text not in self.choices:
            raise ValueError(f"{text!r} is none of {', '.join(self.choices)}")
        value = KINDS[self.kind](text)
        return value if isinstance(value, int | str) else float(value)


class Column(NamedTuple):
    """One column, for people and for programs."""

    key: str
    title: str
    detail: bool = False  # a sentence: stands under its row on a narrow screen
    mark: str = ""  # put before it there
    tree: str = ""  # the column that says how deep in a tree the row is
    human: bool = True  # False: for programs only


class Metric(NamedTuple):
    """Samples that a report leaves behind: one for each row, or one from the facts when there are no labels."""

    name: str
    value: str  # the column or fact that is the number
    labels: Mapping[str, str] = NOTHING  # label to column
    where: Mapping[str, str] = NOTHING  # only rows whose columns say so


class Report(NamedTuple):
    """What a file of `queries/` says."""

    name: str
    summary: str
    headline: str
    sql: str
    none: str = ""  # the headline when there is no row
    help: str = ""
    least: int = 13  # version of the server
    needs: str = ""  # "statements" for pg_stat_statements
    hidden: str = "rows"  # what the fact `hidden` counts
    grant: str = "pg_monitor"  # the role whose members see them
    watched: bool = False  # `check database` judges it too
    options: tuple[Option, ...] = ()
    facts: Mapping[str, str] = NOTHING  # name to meaning
    columns: tuple[Column, ...] = ()
    samples: tuple[Metric, ...] = ()
    recorded: Mapping[str, Any] = NOTHING  # options with which its samples are recorded
    history: str = ""  # what `trend` adds from earlier samples

    def values(self, thresholds: Mapping[str, float] = NOTHING, given: Mapping[str, Any] = NOTHING) -> dict[str, Any]:
        """Every option in base units: as given, else as the rules have it, else the default. Raises ValueError."""
        found: dict[str, Any] = {}
        for option in self.options:
            if given.get(option.name) is not None:
                found[option.name] = option.read(given[option.name])
            else:
                found[option.name] = thresholds.get(option.rules, option.read(option.default))
        return found


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """Every report, without reading one."""
    return tuple(sorted(path.stem for path in folder.glob("*.sql")))


@cache
def load(name: str, folder: Path = FOLDER) -> Report:
    """One report, read."""
    return parse(name, (folder / f"{name}.sql").read_text("utf-8"))


def parse(name: str, text: str) -> Report:
    """What a file says; a ValueError or TypeError is a mistake in the file.

    >>> parse("now", '/*\\nsummary = "The time"\\nheadline = "{time}"\\n[columns]\\ntime = "time"\\n*/\\nselect 1').sql
    'select 1'
    """
    head, found, sql = text.removeprefix("/*").partition("*/\n")
    if not found or not text.startswith("/*"):
        raise ValueError(f"{name}.sql does not begin with its header, /* … */")
    said = tomllib.loads(head)
    options = tuple(Option(key, **_tuples(each)) for key, each in said.pop("options", {}).items())
    columns = tuple(
        Column(key, each) if isinstance(each, str) else Column(key, **(MARKS.get(key, {}) | each))
        for key, each in said.pop("columns", {}).items()
    )
    samples = tuple(Metric(key, **each) for key, each in said.pop("samples", {}).items())
    return Report(name, sql=sql.strip(), options=options, columns=columns, samples=samples, **said)


def _tuples(each: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in each.items()}
