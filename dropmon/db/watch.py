"""What a check of a database looks at beside its answering: the numbers to keep, and the reports that complain."""

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
    from collections.abc import Callable

    from dropmon.db.database import Database
    from dropmon.db.run import Answer
    from dropmon.db.trend import Past


T = TypeVar("T")


class Complaint(NamedTuple):
    """A watched report that is not well."""

    report: str
    status: Status
    what: str


class Watched(NamedTuple):
    """What one look into a database brought."""

    samples: tuple[Sample, ...] = ()
    answers: tuple[Answer, ...] = ()  # of the reports that are watched

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


def watch(database: Database, at: float) -> Watched:
    """Asks every report that leaves samples or is watched, over one connection. Raises DatabaseError.

    A report that this server cannot answer (an extension is missing) is left out here: asked by name, it says why.
    `at` in seconds since 1970.
    """
    kept: list[Sample] = []
    watched: list[Answer] = []
    with session(database) as found:
        for report in map(load, names()):
            if (report.samples or report.watched) and (answer := _tried(found.ask, report)):
                watched += [answer] if report.watched else []
                if recorded := _tried(found.to_record, answer):
                    kept += samples(recorded, found.labels, at)
    return Watched(tuple(kept), tuple(watched))


def _tried(ask: Callable[[T], Answer], what: T) -> Answer | None:
    try:
        return ask(what)
    except DatabaseError as error:
        if not error.state or error.state.startswith(("08", "57P")):  # the server, or our right to be there, has gone
            raise
        return None
