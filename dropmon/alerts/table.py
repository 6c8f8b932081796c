"""Messages and channels as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dropmon.alerts.channel import Given
from dropmon.alerts.delivery import Delivery, Verdict
from dropmon.alerts.message import Voice, message
from dropmon.alerts.outcome import End
from dropmon.alerts.packing import unpacked
from dropmon.model import Status
from dropmon.output.table import Column, Row, Table
from dropmon.units import human_duration

if TYPE_CHECKING:
    from dropmon.alerts.outcome import Round
    from dropmon.storage.outbox import Row as Waiting

VERDICTS = {
    Verdict.DELIVERED: Status.OK, Verdict.RETRY: Status.WARNING, Verdict.UNKNOWN: Status.WARNING,
    Verdict.REFUSED: Status.CRITICAL,
}  # fmt: skip
ENDS = {
    End.WAITING: Status.WARNING, End.LIMITED: Status.WARNING, End.UNWANTED: Status.WARNING, End.DEAD: Status.CRITICAL,
}  # fmt: skip
STATES = {"dead": Status.CRITICAL, "waiting": Status.WARNING, "sending": Status.WARNING}

CHANNEL = Column("channel", "Channel")
ERROR = Column("error", "Error", detail=True)


def verdicts(done: Mapping[str, Delivery], channels: Mapping[str, Given]) -> Table:
    """What became of a test of each channel."""
    rows = [
        {
            "channel": name,
            "status": VERDICTS[delivery.verdict].value,
            "verdict": delivery.verdict.value,
            "to": given.channel.known_to() if (given := channels[name]).channel else "",
            "error": delivery.why,
        }
        for name, delivery in done.items()
    ]
    status = Status.worst(VERDICTS[each.verdict] for each in done.values())
    well = sum(each.ok for each in done.values())
    columns = (Column("status", "Status"), CHANNEL, Column("to", "To"), Column("verdict", "Result"), ERROR)
    return Table("channels", columns, rows, f"{well} of {len(rows)} delivered", status)


def sent(done: Round) -> Table:
    """What became of what was sent."""
    rows = [
        {
            "channel": each.channel, "id": each.id, "state": each.end.value, "next_at": each.next_at,
            "late_seconds": each.late, "error": each.why, "status": ENDS.get(each.end, Status.OK).value,
        }
        for each in done.tried
    ]  # fmt: skip
    well, before = (sum(each.end is end for each in done.tried) for end in (End.SENT, End.ALREADY))
    status = Status.worst([done.status, *(ENDS.get(each.end, Status.OK) for each in done.tried)])
    columns = (
        Column("status", "Status"), CHANNEL, Column("state", "State"), Column("id", "Id", human=False),
        Column("late_seconds", "Late", human=False), Column("next_at", "Next", human=False), ERROR,
    )  # fmt: skip
    already = f", {before} already sent" if before else ""
    return Table("messages", columns, rows, f"{well} of {len(rows)} sent{already}", status)


def waiting(rows: Sequence[Waiting], at: float) -> Table:
    """The messages of an outbox at a time, in seconds since 1970."""
    shown = [_waiting(row, at) for row in rows]
    status = Status.worst([Status.OK, *(STATES.get(row.state, Status.OK) for row in rows)])
    count = {state: sum(row.state == state for row in rows) for state in dict.fromkeys(row.state for row in rows)}
    headline = ", ".join(f"{number} {state}" for state, number in count.items()) or "nothing waits"
    columns = (
        Column("status", "Status"), CHANNEL, Column("title", "Message"), Column("state", "State"),
        Column("age", "Age", lambda row: human_duration(float(str(row["age"]))), right=True),
        Column("attempts", "Attempts", right=True),
        Column("next_in", "Next in", _next, right=True), Column("id", "Id", human=False), ERROR,
    )  # fmt: skip
    return Table("outbox", columns, shown, headline, status)


def _waiting(row: Waiting, at: float) -> Row:
    return {
        "status": STATES.get(row.state, Status.OK).value,
        "channel": row.channel,
        "title": _title(row),
        "state": row.state,
        "age": max(0.0, round(at - row.created, 3)),
        "attempts": row.attempts,
        "next_in": max(0.0, round(row.next_at - at, 3)) if row.state in ("waiting", "sending") else None,
        "id": row.id,
        "error": row.error,
    }


def _title(row: Waiting) -> str:
    try:
        return message(unpacked(row.payload), Voice()).title
    except (ValueError, KeyError, TypeError):
        return "(unreadable)"


def _next(row: Row) -> str:
    return "" if row["next_in"] is None else human_duration(float(str(row["next_in"])))
