"""dropmon db diff: what became slow since yesterday's deployment?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from dropmon import output
from dropmon.cli.db import Asked, Timeout, Which, database
from dropmon.cli.options import Output, RulesPath, Storage, instant, loaded
from dropmon.errors import DatabaseError, DropmonError, UsageError
from dropmon.model import moment

if TYPE_CHECKING:
    from dropmon.db.database import Database
    from dropmon.db.diff import Count, Key, Span
    from dropmon.rules import Rules

app = typer.Typer(rich_markup_mode=None, add_completion=False)

DAY = 86400.0
CALLS, SECONDS = "pg_statement_calls_total", "pg_statement_seconds_total"
RECORD = "run `dropmon check database`, or `dropmon db slow-queries --record`, from cron"

Since = Annotated[str, typer.Option("--since", metavar="TIME", help="Where the two windows meet: a time, or 1d (ago).")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Where the second ends. Default: now.")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=0, help="At most so many statements; 0 for all.")]


class Live(NamedTuple):
    """What the server itself says now."""

    name: str  # of the database
    labels: Mapping[str, str]
    rows: tuple[Mapping[str, Any], ...] = ()


@app.command()
def diff(
    since: Since = "1d", until: Until = None, limit: Limit = 20, which: Which = None, timeout: Timeout = None,
    form: Output = None, rules: RulesPath = None, storage: Storage = None,
) -> None:  # fmt: skip
    """What became slower since then, what is new: statements in two windows of the recorded statistics.

    The second window is from --since until --until, the first as long and just before. Slower is a mean more than 1.5
    times and 10 ms above the one before. The 200 statements with the longest total are recorded, so one is only called
    new where there was room for it before. What dropmon itself asks is left out.

    Example: dropmon db diff --since 2026-11-23T07:32:00Z
    """
    from dropmon.db.diff import compare, table

    known = loaded(rules)
    chosen = database(Asked(which, timeout), known)
    live = asked(chosen)
    series, span = recorded(live, known, storage, instant(since, known), instant(until, known), until is None)
    changes = compare(series, span.since, span.until, room(), span.step)
    texts = {row["queryid"]: row["statement"] for row in live.rows if row["queryid"]}
    said = table(changes, span, live.name, texts, limit, chosen.zone)
    output.print_table(said, form)
    raise typer.Exit(said.status.exit_code if said.status else 0)


def asked(chosen: Database) -> Live:
    """Every statement as the server has it now; when it cannot be asked, none, as long as the name is known."""
    from dropmon.db.report import load
    from dropmon.db.session import session

    try:
        with session(chosen) as found:
            answer = found.ask(load("slow-queries"), {"min": "0s", "sort": "total", "limit": 0})
            return Live(found.database.name, found.labels, answer.rows)
    except DatabaseError as error:
        if not chosen.name:
            raise
        output.warn(f"warning: {error.what}; the statements' texts, and what they did last, are missing", error.hint)
        return Live(chosen.name, {**chosen.labels, "database": chosen.name})


def room() -> int:
    """How many statements are recorded each time."""
    from dropmon.db.report import load

    return int(load("slow-queries").recorded["limit"])


def recorded(
    live: Live, rules: Rules | None, storage: str | None, since: float, until: float, now: bool
) -> tuple[dict[Key, list[Count]], Span]:
    """The counts of every statement, and the windows. Raises DropmonError when there is nothing to compare."""
    from dropmon.db.diff import Count, Span, joined
    from dropmon.history.past import past
    from dropmon.storage import open_for

    if until <= since:
        raise UsageError("--until is not after --since", "name two times, the earlier one with --since")
    start = 2 * since - until - max(until - since, DAY)
    step = Span(since, until).step
    with open_for(rules, storage) as store:
        found = joined(*(past(store, name, live.labels, start, until, step) for name in (CALLS, SECONDS)))
    times = tuple(sorted({count.time for counts in found.values() for count in counts}))
    if now:
        for row in live.rows:
            if row["queryid"]:
                count = Count(until, row["calls"], row["total_seconds"])
                found.setdefault((row["queryid"], row["role"]), []).append(count)
    enough(times, live, since, now)
    return found, Span(since, until, times)


def enough(times: tuple[float, ...], live: Live, since: float, now: bool) -> None:
    """Raises DropmonError, with what to do, when the recordings do not reach over `since`."""
    if not times:
        raise DropmonError(
            f"no statistics of {live.name} are recorded for those two windows",
            f"{RECORD}; ask again when it has run twice",
        )
    if times[0] > since:
        raise DropmonError(
            f"the statistics of {live.name} are recorded since {moment(times[0])} only", "a later --since"
        )
    if times[-1] <= since and not (now and live.rows):
        raise DropmonError(f"no statistics of {live.name} are recorded after {moment(since)}", RECORD)
