"""Every report of a database, asked over one connection and shown on one page. One that fails stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from dropmon.db.database import Database
from dropmon.db.report import NOTHING, Report
from dropmon.db.run import Answer
from dropmon.db.server import Server
from dropmon.db.session import Session, session
from dropmon.db.table import grant, headline, skips, table
from dropmon.errors import DatabaseError
from dropmon.model import Status, moment
from dropmon.output import Column, Page, Table
from dropmon.units import human_duration

FEW = 5  # rows of each report on a terminal

LOST = DatabaseError("not asked: the connection was lost before", "ask again when the server is back")
STOPPED = DatabaseError("not asked: somebody interrupted the reports", "ask for it alone: dropmon db")


class Said(NamedTuple):
    """What came of one report: its answer, or the reason why there is none, or why its numbers are not kept."""

    report: Report
    answer: Answer | None = None
    error: DatabaseError | None = None

    @property
    def status(self) -> Status:
        """The answer's; without one nothing is known."""
        return self.answer.status if self.answer else Status.UNKNOWN


class Survey(NamedTuple):
    """What came of all of them. `at` is in seconds since 1970."""

    database: Database
    server: Server
    labels: Mapping[str, str]
    at: float
    said: tuple[Said, ...]
    kept: tuple[Answer, ...] = ()  # those whose samples are to be recorded

    @property
    def status(self) -> Status:
        return Status.worst(each.status for each in self.said)

    def compared(self, with_: Callable[[Sequence[Answer]], Sequence[Answer]]) -> Survey:
        """With what the history adds to the answers."""
        told = iter(with_([each.answer for each in self.said if each.answer]))
        return self._replace(
            said=tuple(each._replace(answer=next(told)) if each.answer else each for each in self.said)
        )


def survey(
    database: Database, reports: Sequence[Report], at: float, given: Mapping[str, Any] = NOTHING,
    keep: bool = False, step: Callable[[], None] = lambda: None,
) -> Survey:  # fmt: skip
    """Asks these reports; `given` goes to those that know the option, `step` is called after each.

    When the server goes away, or somebody interrupts, what was answered stays and the others say that they were not
    asked. Raises DatabaseError when nothing could be asked at all.
    """
    said: list[Said] = []
    kept: list[Answer] = []
    left = LOST
    try:
        with session(database) as found:
            for report in reports:
                said.append(_asked(found, report, given))
                if keep and report.samples and said[-1].answer:
                    said[-1], more = _kept(found, said[-1], said[-1].answer)
                    kept += more
                step()
                if found.connection.closed:
                    break
    except DatabaseError:
        if not said:
            raise
    except KeyboardInterrupt:
        if not said:
            raise
        left = STOPPED
    said += [Said(report, error=left) for report in reports[len(said) :]]
    return Survey(found.database, found.server, found.labels, at, tuple(said), tuple(kept))


def _asked(found: Session, report: Report, given: Mapping[str, Any]) -> Said:
    known = {option.name for option in report.options}
    try:
        return Said(report, found.ask(report, {name: value for name, value in given.items() if name in known}))
    except DatabaseError as error:
        return Said(report, error=error)


def _kept(found: Session, said: Said, answer: Answer) -> tuple[Said, list[Answer]]:
    """With the answer whose samples are recorded, whatever was asked to be shown; and an error where there is none."""
    try:
        return said, [found.to_record(answer)]
    except DatabaseError as error:
        return said._replace(error=error), []


def page(survey: Survey, took: float) -> Page:
    """All that was found, the worst first; `took` in seconds."""
    name, server = survey.database.name, survey.server
    where = f"({name}, PostgreSQL {server.version}, in {human_duration(took)})"
    return Page(
        name="reports",
        title=f"What {name} is doing",
        headline=f"{survey.status.symbol} {survey.status.name}  {summary(survey.said)}  {where}",
        status=survey.status,
        tables={each.report.name: shown(each, survey) for each in ordered(survey.said)},
        facts={
            "database": name, "server": server.version, "at": moment(survey.at), "status": survey.status.value,
        },
    )  # fmt: skip


def summary(said: Sequence[Said]) -> str:
    """How many need a look, and which; how many nobody could answer."""
    wrong = names(each for each in ordered(said) if each.answer and each.status is not Status.OK)
    silent = sum(each.answer is None for each in said)
    if not wrong and not silent:
        veil = ", as far as one may see" if any(map(veiled, said)) else ""
        return f"{counted(len(said), len(said), 'are')} well{veil}"
    parts = [f"{counted(len(wrong), len(said), 'need')} a look: {', '.join(wrong)}"] if wrong else []
    return "; ".join([*parts, *([f"{counted(silent, len(said), 'have')} no answer"] if silent else [])])


def counted(some: int, count: int, verb: str) -> str:
    """So many of so many, and what they do.

    >>> counted(3, 27, "need"), counted(1, 27, "have"), counted(27, 27, "are"), counted(1, 1, "are")
    ('3 of 27 reports need', '1 of 27 reports has', 'all 27 reports are', '1 report is')
    """
    single = {"are": "is", "have": "has", "need": "needs"}[verb]
    if some == count:
        return f"all {count} reports {verb}" if count > 1 else f"1 report {single}"
    return f"{some} of {count} reports {single if some == 1 else verb}"


def veiled(each: Said) -> bool:
    """Whether this role sees only a part of what the report is about."""
    return bool(each.answer and each.answer.facts.get("hidden"))


def ordered(said: Iterable[Said]) -> list[Said]:
    """The worst first; of the unknown those that answered."""
    return sorted(said, key=lambda each: (-each.status.badness, each.answer is None))


def names(said: Iterable[Said]) -> list[str]:
    return [each.report.name for each in said]


def shown(each: Said, survey: Survey) -> Table:
    """One report as it stands alone, but for what the page already says."""
    if each.answer:
        zone = survey.database.zone
        return table(each.answer, survey.database.name, survey.at, zone)._replace(headline=headline(each.answer, zone))
    error = each.error or LOST
    status = Status.UNKNOWN
    return Table(
        name="rows", columns=(), rows=(), headline=f"{status.symbol} {status.name}  {error.what}", status=status,
        notes=(f"→ {error.hint}",) if error.hint else (),
        facts={"report": each.report.name, "status": status.value, "error": error.what, "hint": error.hint},
    )  # fmt: skip


def glance(whole: Page, survey: Survey, rows: int = FEW) -> Page:
    """What an on-call engineer looks at: only what is not well, the worst first, with so many rows of each (0: all)."""
    wrong = [each for each in ordered(survey.said) if each.status is not Status.OK]
    tables = {name: first(whole.tables[name], rows, name) for name in names(each for each in wrong if each.answer)}
    silent = [each for each in wrong if not each.answer]
    if silent:
        tables["no answer"] = unanswered(silent)
    return whole._replace(tables=tables, notes=well(survey))


def well(survey: Survey) -> tuple[str, ...]:
    """What is not shown because it is well, and what of it could not be seen."""
    calm = [each for each in survey.said if each.status is Status.OK]
    clear, dim = names(each for each in calm if not veiled(each)), names(filter(veiled, calm))
    role, grants = survey.server.role, dict.fromkeys(each.report.grant for each in filter(veiled, calm))
    return (
        *([f"well: {', '.join(clear)}; --all shows them"] if clear else []),
        *([f"well, as far as {role} may see: {', '.join(dim)}; → {grant(survey.server, *grants)}"] if dim else []),
        *dict.fromkeys(skip for each in calm if each.answer for skip in skips(each.answer)),
    )


def first(table: Table, rows: int, name: str) -> Table:
    """The first rows of a table, and where the others are."""
    if not rows or len(table.rows) <= rows:
        return table
    return table._replace(
        rows=table.rows[:rows], notes=(f"{len(table.rows) - rows} more: dropmon db {name}", *table.notes)
    )


def unanswered(said: Sequence[Said]) -> Table:
    """The reports without an answer: why, and what to do."""
    columns = (
        Column("report", "report"),
        Column("error", "why", detail=True),
        Column("hint", "what to do", detail=True, mark="→ "),
    )
    errors = [(each.report.name, each.error or LOST) for each in said]
    rows = [{"report": name, "error": error.what, "hint": error.hint, "status": "unknown"} for name, error in errors]
    return Table("rows", columns, rows, f"? UNKNOWN  {', '.join(names(said))}", Status.UNKNOWN)
