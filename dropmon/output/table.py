"""What is printed: rows under columns, and what is said about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from dropmon.model import Status
from dropmon.output.harmless import clean

Row = Mapping[str, object]

MARK = "_mark"  # the column of a row's symbol, where no other tells its status


class Format(StrEnum):
    """How the answer is printed."""

    RICH = "rich"
    PLAIN = "plain"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    HTML = "html"


class Column(NamedTuple):
    """One column: `key` in JSON and CSV, `title` and `show` for people."""

    key: str
    title: str
    show: Callable[[Row], str] | None = None  # the whole row to a cell; None shows the raw value
    right: bool = False
    detail: bool = False  # a sentence: stands under its row on a narrow screen
    mark: str = ""  # put before a detail under its row: "→ "
    raw: bool = True  # False: for people only, absent from JSON and CSV
    human: bool = True  # False: for machines only, absent from tables
    whole: bool = False  # never cut short, as no number is: it is pasted elsewhere

    @property
    def rigid(self) -> bool:
        """Whether it gives way to nothing on a narrow screen."""
        return self.right or self.whole or self.key in {"status", MARK}

    @property
    def coloured(self) -> bool:
        """Whether it has the colour of its row's status."""
        return self.key in {"status", "error", MARK}

    def cell(self, row: Row) -> str:
        value = self.show(row) if self.show else row.get(self.key)
        return "" if value is None else clean(str(value))


def local(text: str, zone: tzinfo | None) -> str:
    """A moment of `dropmon.model.moment` by the clock of a zone; as it is without one, or in UTC.

    >>> from zoneinfo import ZoneInfo
    >>> local("2026-11-23T07:32:07Z", ZoneInfo("Europe/Paris")), local("2026-11-23T07:32:07Z", None)
    ('2026-11-23 08:32:07 CET', '2026-11-23T07:32:07Z')
    """
    if zone is None or zone is UTC:
        return text
    try:
        return f"{datetime.fromisoformat(text).astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
    except (OverflowError, ValueError):  # beyond what calendars know
        return text


def timed(key: str, title: str, zone: tzinfo | None) -> Column:
    """A column of moments: for people by the clock of a zone, for machines in UTC."""
    return Column(key, title, lambda row: local(str(row[key]), zone) if row[key] else "")


class Table(NamedTuple):
    """An answer: rows under columns, the verdict over them, what to do next under them."""

    name: str  # the key of the rows in JSON
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    headline: str = ""
    status: Status | None = None
    notes: tuple[str, ...] = ()
    facts: Row = MappingProxyType({})  # what JSON says beside the rows

    @property
    def people(self) -> tuple[Column, ...]:
        """The columns that people read, without those that have nothing to say. Looks at every row.

        Where no column tells the status of a row that is not well, its symbol stands before it.
        """
        silent = {column for column in self.columns if column.human}
        for row in self.rows:
            if not silent:
                break
            silent -= {column for column in silent if column.cell(row)}
        shown = tuple(column for column in self.columns if column.human and column not in silent)
        told = any(column.key == "status" for column in shown)
        return shown if told or not any(map(symbol, self.rows)) else (Column(MARK, "", symbol, raw=False), *shown)


def status_of(row: Row) -> Status | None:
    """The status that a row tells, if any; `_status` where `status` is a word of another kind."""
    status = row.get("_status", row.get("status"))
    return Status(str(status)) if status in list(Status) else None


def symbol(row: Row) -> str:
    """What tells without colour that a row is not well."""
    status = status_of(row)
    return status.symbol if status and status is not Status.OK else ""
