"""The one screen: the likeliest cause first, why, and what to do; then what began when, and who is on call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo

from dropmon.model import Status, moment
from dropmon.output import Column, Page, Row, Table
from dropmon.triage.cause import Cause
from dropmon.triage.causes import causes
from dropmon.triage.facts import Facts
from dropmon.triage.timeline import Moment, timeline
from dropmon.triage.words import among
from dropmon.units import human_duration

WELL = "nothing is seen to be wrong"
LIKELY = 0.5  # weight from which on a cause is more than a guess
ROOM = 24  # lines of a screen that nobody wants to scroll
CAUSE, AROUND = 5, 17  # lines of a cause with its evidence, and of all that is no cause and no moment


def status(facts: Facts, found: Sequence[Cause]) -> Status:
    """The worst of all that was seen; what could not be looked at is not known to be well."""
    seen_ = [each.status for each in facts.failing]
    seen_ += [Status.CRITICAL if each.severity in {"critical", "high"} else Status.WARNING
              for each in facts.firing if each.known]  # fmt: skip
    seen_ += [Status.CRITICAL for cause in found if cause.weight >= LIKELY]
    seen_ += [Status.UNKNOWN] if facts.unreached or not all(each.known for each in facts.firing) else []
    return Status.worst([*seen_, Status.OK])


def page(facts: Facts, zone: tzinfo | None = None, lines: int | None = None) -> Page:
    """All of it; for a terminal of so many lines only what has room there."""
    found, moments = causes(facts), timeline(facts)
    shown, recent = fitting(found, moments, lines and max(lines, ROOM) - len(facts.duty) - len(facts.unreached))
    when = _timeline(recent, len(moments) - len(recent), zone)
    tables = {"causes": _causes(shown, facts.at, zone), "wrong": _wrong(facts), "timeline": when}
    if lines is not None and shown:
        del tables["wrong"]
    now = status(facts, found)
    return Page(
        "triage", "Triage", headline(facts, found), now,
        {name: table for name, table in tables.items() if table.rows},
        tuple(notes(facts, found[len(shown) :], zone)),
        {"at": moment(facts.at), "status": now.value, "took_seconds": round(facts.took, 3),
         "on_call": list(facts.duty), "unreached": [each._asdict() for each in facts.unreached]},
    )  # fmt: skip


def summary(facts: Facts) -> str:
    """The verdict and the likeliest causes in a few lines, for the timeline of an incident."""
    found = causes(facts)
    likely = [f"{number}. {each.title}: {'; '.join(each.evidence)}" for number, each in enumerate(found[:3], 1)]
    missed = [f"not seen: {each.what}: {each.why}" for each in facts.unreached]
    return "\n".join([headline(facts, found), *likely, *missed])


def fitting(
    found: Sequence[Cause], moments: Sequence[Moment], lines: int | None
) -> tuple[Sequence[Cause], Sequence[Moment]]:
    """The likeliest causes and the latest moments that have room: one cause and two moments at the least.

    >>> made = [Cause("a", "b", 0.9, ())] * 9, [Moment(0.0, "check", "x")] * 9
    >>> [tuple(map(len, fitting(*made, lines))) for lines in (None, 24, 50)]
    [(9, 9), (1, 2), (6, 3)]
    """
    if lines is None:
        return found, moments
    room = lines - AROUND
    causes_ = found[: max(1, (room - 2) // CAUSE)]
    left = max(2, room - CAUSE * len(causes_))
    return causes_, moments[-left:]


def headline(facts: Facts, found: Sequence[Cause]) -> str:
    """The verdict in one line."""
    now = status(facts, found)
    return f"{now.symbol} {now.name}  {_verdict(facts, found)}"


def _verdict(facts: Facts, found: Sequence[Cause]) -> str:
    if found:
        return f"likely: {found[0].title}" if found[0].weight >= LIKELY else f"{found[0].title}?"
    wrong = [f"{len(facts.failing)} of {facts.checked} checks are not well"] if facts.failing else []
    wrong += [f"{counted(len(facts.firing), 'alert')} not quiet"] if facts.firing else []
    if wrong:
        return f"{', '.join(wrong)}, and nothing explains it"
    return f"{WELL} in what could be seen" if facts.unreached else WELL


def notes(facts: Facts, less: Sequence[Cause], zone: tzinfo | None) -> Iterator[str]:
    """What had no room, what was seen beside it, who is on call, and what could not be looked at."""
    if less:
        more = f" +{len(less) - 1}" if len(less) > 1 else ""
        yield f"less likely: {less[0].title}{more} (--all)"
    clock, took = f"{datetime.fromtimestamp(facts.at, zone):%H:%M:%S}", human_duration(facts.took)
    yield f"at {clock}: {', '.join(seen(facts))} ({took})"
    yield from (f"on call: {line}" for line in facts.duty)
    for each in facts.unreached:
        yield f"? not seen: {each.what}: {each.why}" + (f" → {each.hint}" if each.hint else "")


def seen(facts: Facts) -> Iterator[str]:
    """What was looked at, in numbers."""
    without = f" (not {among(facts.failing)})" if facts.failing else ""
    yield f"{facts.checked - len(facts.failing)}/{facts.checked} checks well{without}"
    yield f"{counted(sum(each.known for each in facts.firing), 'alert')} firing"
    for each in facts.pressures:
        if each.usable:
            yield f"{each.database} {each.used}/{each.usable} connections"
    yield f"{counted(facts.errors, 'error')}/h ({len(facts.bursts)} new)"
    yield f"{counted(len(facts.changes), 'deployment')}/day"
    troubled = [name for name, said in facts.vendors if said.startswith("their incident")]
    if troubled or any(map(quiet, facts.vendors)):
        yield (
            f"incidents at {', '.join(troubled)}" if troubled else f"{counted(len(facts.vendors), 'status page')} calm"
        )


def quiet(vendor: tuple[str, str]) -> bool:
    """Whether a status page was read, and reports no incident."""
    return vendor[1].startswith("not theirs")


def counted(count: int, noun: str) -> str:
    """
    >>> counted(1, "alert"), counted(1200, "error")
    ('1 alert', '1,200 errors')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _causes(found: Sequence[Cause], at: float, zone: tzinfo | None) -> Table:
    rows = [
        {
            "rank": number,
            "cause": each.title,
            "since": None if each.at is None else moment(each.at),
            "rule": each.rule,
            "weight": each.weight,
            "evidence": list(each.evidence),
            "next": [*each.next, *([f"dropmon runbook show {each.runbook}"] if each.runbook else [])],
            "runbook": each.runbook or None,
            "status": (Status.CRITICAL if each.weight >= LIKELY else Status.WARNING).value,
            "_since": "" if each.at is None else lasting(each.at, at, zone),
        }
        for number, each in enumerate(found, 1)
    ]
    return Table("causes", CAUSES, rows, "likeliest first")


def _wrong(facts: Facts) -> Table:
    """Everything that is not well by itself."""
    rows: list[Row] = [
        {"what": f"{each.kind}/{each.name}", "state": each.verdict.word, "status": each.status.value,
         "since": None if each.since is None else moment(each.since), "error": each.error, "hint": each.hint}
        for each in sorted(facts.failing, key=lambda each: -each.status.badness)
    ]  # fmt: skip
    rows += [
        {"what": f"alert {each.key}", "state": each.severity if each.known else "unknown",
         "status": (Status.CRITICAL if each.known else Status.UNKNOWN).value, "since": moment(each.since),
         "error": each.name, "hint": f"{each.author} has it" if each.author else f"dropmon alert explain {each.key}"}
        for each in facts.firing
    ]  # fmt: skip
    return Table("wrong", WRONG, rows, f"{len(rows)} things by themselves")


def _timeline(moments: Sequence[Moment], earlier: int, zone: tzinfo | None) -> Table:
    rows = [{"at": moment(each.at), "what": each.what, "text": each.text,
             "_at": f"{datetime.fromtimestamp(each.at, zone):%m-%d %H:%M:%S}"} for each in moments]  # fmt: skip
    more = f" ({counted(earlier, 'earlier moment')}: --all)" if earlier else ""
    return Table("timeline", TIMELINE, rows, f"what began when{more}")


def lasting(since: float, at: float, zone: tzinfo | None) -> str:
    """When it began, and how long that was ago.

    >>> from datetime import UTC
    >>> lasting(0.0, 720.0, UTC), lasting(0.0, 864000.0, UTC), lasting(0.0, 0.2, UTC)
    ('00:00, 12m', '1970-01-01, 10d', 'just now')
    """
    if at - since < 1:
        return "just now"
    form = "%H:%M" if at - since < 86400 else "%Y-%m-%d"
    return f"{datetime.fromtimestamp(since, zone):{form}}, {human_duration(at - since)}"


def _listed(key: str, between: str) -> Callable[[Row], str]:
    def show(row: Row) -> str:
        found = row[key]
        return between.join(map(str, found)) if isinstance(found, list) else ""

    return show


CAUSES = (
    Column("rank", "#", right=True),
    Column("cause", "cause"),
    Column("_since", "since", raw=False),
    Column("evidence", "evidence", _listed("evidence", "; "), detail=True),
    Column("next", "what to do", _listed("next", "  |  "), detail=True, mark="→ "),
    Column("since", "since", human=False),
    Column("rule", "rule", human=False),
    Column("weight", "weight", human=False),
    Column("runbook", "runbook", human=False),
    Column("status", "status", human=False),
)
WRONG = (
    Column("what", "what"),
    Column("state", "state"),
    Column("since", "since"),
    Column("error", "error", detail=True),
    Column("hint", "what to do", detail=True, mark="→ "),
    Column("status", "status", human=False),
)
TIMELINE = (
    Column("_at", "time", raw=False),
    Column("what", "what"),
    Column("text", "what began"),
    Column("at", "at", human=False),
)
