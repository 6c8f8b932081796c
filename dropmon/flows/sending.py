"""What somebody does that others are to hear of is told at once, and what became of it is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dropmon.alerts.notification import Notification
    from dropmon.rules import Rules
    from dropmon.storage.outbox import Row

ENDS = {"sent": "told", "joined": "told", "dead": "could not be told", "waiting": "waits", "sending": "waits"}


def sent(
    rules: Rules, place: str | None, told: Sequence[Notification], send: bool, clock: Callable[[], float]
) -> tuple[str, ...]:
    """Sends what was put into the outbox, with all that waits there; what became of it, in lines for people."""
    from dropmon import output
    from dropmon.errors import DropmonError
    from dropmon.flows import telling
    from dropmon.storage.outbox import open_outbox

    if not told:
        return ()
    if send:
        try:
            for warning in telling.tell(rules, place, clock).warnings:
                output.warn(f"warning: {warning.what}", warning.hint)
        except DropmonError as error:  # the act itself is written down by now
            output.warn(f"warning: it was not sent: {error.what}", error.hint)
    own = {one.id for one in told}
    with open_outbox(rules, place) as box:
        rows = [row for row in box.rows() if row.id in own]
    return tuple(lines(rows, send))


def lines(rows: Sequence[Row], send: bool) -> Iterator[str]:
    """
    >>> from dropmon.storage.outbox import Row
    >>> rows = [Row("1", "oncall", "", 0.0, "sent"), Row("2", "sms", "", 0.0, "dead", error="HTTP 401")]
    >>> list(lines(rows, True))
    ['told: oncall', 'could not be told: sms (HTTP 401)']
    >>> list(lines([Row("1", "oncall", "", 0.0), Row("2", "sms", "", 0.0)], False))
    ['waits for the next cycle: oncall, sms (dropmon alert outbox --send sends it now)']
    """
    for end in dict.fromkeys(ENDS.values()):
        names = dict.fromkeys(_name(row, end) for row in rows if ENDS.get(row.state) == end)
        if names and end == "waits" and not send:
            yield f"waits for the next cycle: {', '.join(names)} (dropmon alert outbox --send sends it now)"
        elif names:
            yield f"{end}: {', '.join(names)}" + (" (the next cycle tries again)" if end == "waits" else "")


def _name(row: Row, end: str) -> str:
    return row.channel if end == "told" or not row.error else f"{row.channel} ({row.error})"
