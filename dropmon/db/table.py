"""An answer as a table: the verdict first, then the rows, then what the reader should know of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from dropmon.db.names import pasteable
from dropmon.db.report import Column
from dropmon.db.run import Answer
from dropmon.db.server import Server
from dropmon.model import LATEST, Status, moment
from dropmon.output import Column as Shown
from dropmon.output import Row, Table, clean
from dropmon.units import human_duration, human_size

LONGEST = 240  # characters of a statement that people read; programs get more
UNFIT = "a name in it cannot be shown as it is, so it is no SQL to paste: --format json has it whole"
NAMES = ("id",)  # numbers that count nothing: a pid is typed again as it is shown
NUMBERS = ("_seconds", "_bytes", "_ratio", "_day", "_week")


def table(answer: Answer, name: str, at: float, zone: tzinfo | None = None) -> Table:
    """The answer of a database of that name, at `at` (seconds since 1970)."""
    report, server = answer.report, answer.server
    told = notes(answer)
    return Table(
        name="rows",
        columns=tuple(shown(column, answer.rows, zone) for column in report.columns),
        rows=[machine(row) for row in answer.rows],
        headline=f"{headline(answer, zone)}  ({name or server.database}, PostgreSQL {server.version})",
        status=answer.status,
        notes=told,
        facts={
            "report": report.name, "database": name or server.database, "server": server.version, "at": moment(at),
            "status": answer.status.value, **machine({key: answer.facts.get(key) for key in report.facts}),
            "notes": list(told),
        },
    )  # fmt: skip


def headline(answer: Answer, zone: tzinfo | None = None) -> str:
    """The verdict in one line."""
    return f"{answer.status.symbol} {answer.status.name}  {sentence(answer, zone)}"


def sentence(answer: Answer, zone: tzinfo | None = None) -> str:
    """What the answer comes to."""
    known = {key: value for key, value in {**answer.options, **answer.facts}.items() if value is not None}
    facts = {key: human(key, value, zone) for key, value in known.items()}
    text = answer.report.headline if answer.rows or not answer.report.none else answer.report.none
    return text.format_map(Spoken(facts, answer))


class Spoken(dict[str, str]):
    """The facts as words; an option by its unit, and what is not known as '?'."""

    def __init__(self, facts: Mapping[str, str], answer: Answer) -> None:
        kinds = {option.name: option.kind for option in answer.report.options}
        units = {"duration": "_seconds", "percent": "_ratio", "size": "_bytes"}
        told = {name: human(units[kind], answer.options[name]) for name, kind in kinds.items() if kind in units}
        super().__init__({**facts, **told, "rows": f"{len(answer.rows):,}"})

    def __missing__(self, key: str) -> str:
        return "?"


def notes(answer: Answer) -> tuple[str, ...]:
    """What the report says beside its rows, what was locked, and what this role may not see."""
    found = [*(answer.facts.get("notes") or ()), *skips(answer)]
    hidden, role = answer.facts.get("hidden"), answer.server.role
    if hidden:
        fix = grant(answer.server, answer.report.grant)
        found.append(f"{hidden:,} {answer.report.hidden} are hidden from {role}; → {fix}")
    return tuple(found)


def grant(server: Server, *roles: str) -> str:
    """What somebody else is to run so that our role sees more: to make it a member of these roles."""
    if server.number < 140000 and "pg_read_all_data" in roles:  # which came with 14
        kept = [role for role in roles if role != "pg_read_all_data"]
        select = pasteable("grant select on them to {};", server.role)
        return " ".join([*([grant(server, *kept)] if kept else []), select])
    return pasteable(f"grant {', '.join(roles)} to {{}};", server.role)


def skips(answer: Answer) -> tuple[str, ...]:
    """What was left out because somebody locks it."""
    names = [f"{lock.name} (pid {lock.pid})" for lock in answer.skipped if lock.name]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return (f"skipped, locked or about to be: {', '.join(names[:5])}{more}; → dropmon db blocking",) if names else ()


def shown(column: Column, rows: Iterable[Row], zone: tzinfo | None = None) -> Shown:
    """A column as the table wants it: numbers to the right, values with their units."""

    def cell(row: Row) -> str:
        if column.key == "status":
            status = Status(str(row["status"]))
            return f"{status.symbol} {status.value}"
        if column.key == "hint" and row["hint"] is not None and clean(str(row["hint"])) != row["hint"]:
            return UNFIT
        return shortened(branch(row[column.tree] if column.tree else 0) + human(column.key, row[column.key], zone))

    first = next((row[column.key] for row in rows if row[column.key] is not None), None)
    right = column.key.endswith(NUMBERS) or (isinstance(first, int | float) and not isinstance(first, bool))
    whole = column.key.endswith(NAMES)
    return Shown(column.key, column.title, cell, right, column.detail, column.mark, human=column.human, whole=whole)


def shortened(text: str) -> str:
    """As much of a text as people read."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def branch(depth: Any) -> str:
    """What a line of a tree begins with.

    >>> branch(0), branch(1), branch(2)
    ('', '└─ ', '└─── ')
    """
    return "└" + "─" * (2 * depth - 1) + " " if depth else ""


def human(key: str, value: Any, zone: tzinfo | None = None) -> str:
    """A value as people read it, by the unit that its name ends in.

    >>> human("mean_seconds", 0.25), human("size_bytes", 2048), human("hit_ratio", 0.9951), human("calls", 12345)
    ('250 ms', '2.0 KiB', '99.5 %', '12,345')
    >>> human("hit_ratio", 0.9999), human("hit_ratio", 1.0)
    ('99.9 %', '100.0 %')
    >>> human("per_day", 0.333333), human("valid", True), human("any", None), human("pid", 12345)
    ('0.333', 'yes', '', '12345')
    >>> from datetime import UTC
    >>> human("seen_at", "2026-11-23T07:32:00Z", UTC)
    '2026-11-23 07:32'
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(key, value, zone)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if key.endswith("_at"):  # as `machine` writes it
        return _number(key, datetime.fromisoformat(value).timestamp(), zone)
    return clean(str(value))


def _number(key: str, value: float, zone: tzinfo | None) -> str:
    if key.endswith("_seconds"):
        return human_duration(value)
    if key.endswith("_bytes"):
        return human_size(value)
    if key.endswith("_ratio"):
        nearly = 0.9995 <= value < 1  # what is not whole is not shown as whole
        return f"{0.999 if nearly else value:.1%}".replace("%", " %")
    if key.endswith("_at"):
        return f"{datetime.fromtimestamp(min(value, LATEST), zone):%Y-%m-%d %H:%M}"
    if key.endswith(NAMES):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3g}"


def machine(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for programs: base units, times as ISO 8601 in UTC."""
    return {
        key: moment(value) if key.endswith("_at") and isinstance(value, int | float) else value
        for key, value in row.items()
    }
