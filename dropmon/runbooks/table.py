"""Runbooks as tables: those that there are, and what became of each step of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dropmon.model import Status
from dropmon.output.table import Column, Row, Table
from dropmon.runbooks.page import Page
from dropmon.runbooks.run import End, Outcome
from dropmon.units import human_duration


class Listed(NamedTuple):
    """A page that is there, or why it cannot be read."""

    name: str
    path: str
    own: bool
    page: Page | None
    error: str = ""


def listing(found: Sequence[Listed], links: Mapping[str, Sequence[str]]) -> Table:
    """Every page with what leads to it; those that are broken first."""
    rows = [row(each, links.get(each.name, ())) for each in found]
    rows.sort(key=lambda each: (each["status"] == Status.OK.value, not each["own"], str(each["name"])))
    broken = sum(each["status"] != Status.OK.value for each in rows)
    own = sum(bool(each["own"]) for each in rows)
    headline = f"{len(rows)} runbooks, {own} of your own" + (f"; {broken} cannot be understood" if broken else "")
    notes = ("dropmon runbook show NAME · dropmon runbook run NAME · dropmon runbook copy NAME to make it your own",)
    return Table("runbooks", COLUMNS, rows, headline, Status.CRITICAL if broken else Status.OK, notes)


def row(each: Listed, links: Sequence[str]) -> Row:
    page = each.page
    wrong = str(page.problems[0]) if page and page.problems else each.error
    return {
        "status": (Status.CRITICAL if wrong else Status.OK).value,
        "name": each.name,
        "title": page.title if page else None,
        "steps": len(page.steps) if page else None,
        "own": each.own,
        "for": list(links),
        "path": each.path,
        "error": wrong or None,
    }


def played(page: Page, outcomes: Sequence[Outcome], next_: str) -> Table:
    """What became of each step, and how to go on."""
    rows = [
        {"step": each.step, "status": each.status.value, "end": each.end.value, "exit_code": each.exit_code,
         "seconds": round(each.seconds, 3), "title": each.title, "command": ["dropmon", *each.words],
         "why": each.why or None}
        for each in outcomes
    ]  # fmt: skip
    facts = {"runbook": page.name, "next": next_ or None}
    return Table("steps", PLAYED, rows, facts=facts)


def verdict(page: Page, outcomes: Sequence[Outcome], next_: str) -> str:
    """How it went, in a line or two.

    >>> from pathlib import Path
    >>> verdict(Page("x", Path(), "", "X"), [Outcome(1, "a", ("b",), End.DONE, 0)], "")
    'x: 1 step done'
    """
    done = sum(each.end is End.DONE for each in outcomes)
    skipped = sum(each.end is End.SKIPPED for each in outcomes)
    parts = [f"{done} step{'' if done == 1 else 's'} done", *([f"{skipped} skipped"] if skipped else [])]
    last = outcomes[-1] if outcomes else None
    if last and last.stops:
        parts.append(f"step {last.step} {last.end.value}" + (f": {last.why}" if last.why else ""))
    hints = [last.hint] if last and last.stops and last.hint else []
    if last and last.end in {End.FAILED, End.LATE, End.REFUSED} and last.step < len(page.steps):
        hints.append(f"without it: --from {last.step + 1} instead of --from {last.step}")
    return "\n".join([f"{page.name}: {', '.join(parts)}", *(f"  → {each}" for each in hints if each), *(
        [f"  → go on: {next_}"] if next_ else [])])  # fmt: skip


def _for(row: Row) -> str:
    names = row["for"]
    return ", ".join(map(str, names)) if isinstance(names, list) else ""


def _seconds(row: Row) -> str:
    return human_duration(float(str(row["seconds"])))


COLUMNS = (
    Column("status", "Status", human=False), Column("name", "Runbook", whole=True), Column("title", "Title"),
    Column("steps", "Steps", right=True), Column("own", "Yours", lambda row: "yes" if row["own"] else ""),
    Column("for", "For", _for), Column("path", "Path", human=False), Column("error", "Error", detail=True),
)  # fmt: skip
PLAYED = (
    Column("step", "Step", right=True), Column("status", "Status"), Column("end", "End"),
    Column("exit_code", "Exit", right=True), Column("seconds", "Took", _seconds, right=True), Column("title", "Title"),
    Column("command", "Command", lambda row: " ".join(map(str, row["command"])), detail=True),  # type: ignore[call-overload]
    Column("why", "Why", detail=True),
)  # fmt: skip
