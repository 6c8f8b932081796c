"""What a check of a database looks at beside its answering: the numbers to keep, the reports that complain or fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from dropmon.db.report import load, names
from dropmon.db.samples import samples
from dropmon.db.session import session
from dropmon.db.table import sentence
from dropmon.db.trend import added
from dropmon.errors import DatabaseError
from dropmon.model import Sample, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dropmon.db.database import Database
    from dropmon.db.report import Report
    from dropmon.db.run import Answer
    from dropmon.db.trend import Past


T = TypeVar("T")
GONE = ("08", "57P")  # SQLSTATEs: the server, or our right to be there, has gone
UNFIT = ("0A000", "42", "55000")  # this server has no such thing, or this role no right to it, or it is not set up


class Complaint(NamedTuple):
    """A watched report that is not well."""

    report: str
    status: Status
    what: str


class Unseen(NamedTuple):
    """A report that could not be looked at, and why; without a name, all of them."""

    report: str
    what: str
    hint: str


class Watched(NamedTuple):
    """What one look into a database brought."""

    samples: tuple[Sample, ...] = ()
    answers: tuple[Answer, ...] = ()  # of the reports that are watched
    unseen: tuple[Unseen, ...] = ()

    def complaints(self, past: Past, at: float) -> list[Complaint]:
        """The watched reports that are not well, the worst first. `at` in seconds since 1970."""
        said = (added(answer, past, at) if answer.report.history else answer for answer in self.answers)
        wrong = [answer for answer in said if answer.status in {Status.WARNING, Status.CRITICAL}]
        wrong.sort(key=lambda answer: -answer.status.badness)
        return [Complaint(answer.report.name, answer.status, reason(answer)) for answer in wrong]


def reason(answer: Answer) -> str:
    """What is wrong: the answer in a sentence, before it the row that is, where the sentence does not tell of it."""
    said = sentence(answer)
    if answer.facts.get("verdict", answer.status) == answer.status:
        return said
    worst = next(row for row in answer.rows if row.get("status") == answer.status)
    about = " ".join(str(worst[key]) for key in ("value", "doing") if worst.get(key))
    return f"{about}; {said}" if about else said


def doubts(unseen: Iterable[Unseen]) -> list[str]:
    """What could not be looked at, a sentence for each cause.

    >>> doubts([Unseen("bloat", "too slow", ""), Unseen("sizes", "no memory", ""), Unseen("cache", "too slow", "")])
    ['could not look at bloat, cache: too slow', 'could not look at sizes: no memory']
    >>> doubts([Unseen("", "no answer in 3 s", "")])
    ['it answers, but could not be looked into: no answer in 3 s']
    """
    causes: dict[str, list[str]] = {}
    for each in unseen:
        causes.setdefault(each.what, []).append(each.report)
    return [
        f"could not look at {', '.join(reports)}: {what}" if all(reports)
        else f"it answers, but could not be looked into: {what}"
        for what, reports in causes.items()
    ]  # fmt: skip


def watch(database: Database, at: float) -> Watched:
    """Asks every report that leaves samples or is watched, over one connection. Raises DatabaseError.

    A report that this server cannot answer (an extension is missing) is left out here: asked by name, it says why. One
    that fails for any other reason (it takes too long) is `unseen`. `at` in seconds since 1970.
    """
    kept: list[Sample] = []
    watched: list[Answer] = []
    unseen: list[Unseen] = []
    with session(database) as found:
        for report in map(load, names()):
            if not (report.samples or report.watched):
                continue
            answer = _tried(found.ask, report, report, unseen)
            watched += [answer] if answer and report.watched else []
            if answer and (recorded := _tried(found.to_record, answer, report, unseen)):
                kept += samples(recorded, found.labels, at)
    return Watched(tuple(kept), tuple(watched), tuple(unseen))


def _tried(ask: Callable[[T], Answer], what: T, report: Report, unseen: list[Unseen]) -> Answer | None:
    try:
        return ask(what)
    except DatabaseError as error:
        if not error.state or error.state.startswith(GONE):
            raise
        if not error.state.startswith(UNFIT):
            unseen.append(Unseen(report.name, error.what, error.hint))
        return None
