"""Soundings: the scouts that look deep, into databases and logs, for a triage. None of them writes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from glob import glob
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from dropmon.errors import DatabaseError, DropmonError
from dropmon.flows.scouts import HOUR, Scene
from dropmon.triage.facts import Burst, Pressure, Root, Slow

if TYPE_CHECKING:
    from dropmon.db.session import Session
    from dropmon.logs.inputs import Input
    from dropmon.logs.query import Query
    from dropmon.logs.top import Group

TAIL = 64 << 20  # bytes at the end of a log file that are read
HEAD = 100  # lines at its beginning that are looked at for a time
SLOWEST = 5  # statements


def database(scene: Scene, name: str) -> Pressure:
    """How one database stands. One that lets nobody in is a fact, not a failure."""
    from dropmon.db.database import of
    from dropmon.db.session import session

    wanted = of(name, scene.rules.databases[name])
    wanted = wanted._replace(timeout=min(wanted.timeout, scene.left))
    try:
        with session(wanted) as found:
            return pressure(name, found)
    except DatabaseError as error:
        return Pressure(name, error=error.what, hint=error.hint)


def pressure(name: str, found: Session) -> Pressure:
    """Connections, who blocks whom, and the statements that take most."""
    connections, blocking = asked(found, "connections"), asked(found, "blocking", limit=50)
    slow = asked(found, "slow-queries", sort="total", limit=SLOWEST)
    facts = connections[0]
    holders = [row for row in connections[1] if row.get("by") in {"application", "role"} and row.get("sessions")]
    most = max(holders, key=lambda row: (row["sessions"], row["by"] == "application"), default=None)
    return Pressure(
        name, facts.get("used") or 0, facts.get("usable") or 0, facts.get("idle_in_transaction") or 0,
        f"{most['by']} {most['value']}" if most else "", most["sessions"] if most else 0,
        float(connections[2].get("warn", 0.8)), tuple(roots(blocking[1])),
        tuple(Slow(row["statement"] or "", row["mean_seconds"], row["calls"], row["share_ratio"] or 0.0)
              for row in slow[1] if row["statement"]),
    )  # fmt: skip


def roots(rows: Sequence[Mapping[str, Any]]) -> Iterator[Root]:
    """The sessions at the roots of a tree in rows, each with the longest wait of those under it."""
    for index, row in enumerate(rows):
        if not row["depth"]:
            under = takewhile(lambda each: each["depth"], rows[index + 1 :])
            yield root(row, max((each["waiting_seconds"] or 0.0 for each in under), default=0.0))


def asked(found: Session, name: str, **options: object) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]], Any]:
    """Facts, rows and options of one report; nothing, where this server cannot answer it."""
    from dropmon.db.report import load

    try:
        answer = found.ask(load(name), options)
    except DatabaseError as error:
        if not error.state or error.state.startswith(("08", "57P")):
            raise
        return {}, (), {}
    return answer.facts, answer.rows, answer.options


def root(row: Mapping[str, Any], waited: float) -> Root:
    who = row["application"] or row["role"] or ""
    named = f"pid {row['pid']}" if row["pid"] else f"prepared transaction {row['gid']}"
    return Root(
        f"{named} ({who})" if who else named, row["pid"], row["state"] or "", row["blocks"] or 0,
        row["transaction_seconds"] or 0.0, waited, row["statement"] or "", row["hint"] or "",
    )  # fmt: skip


class Told(NamedTuple):
    """What one log source told of the last hour."""

    bursts: tuple[Burst, ...]
    errors: int
    whole: bool = True  # the hour before was read, too


def logs(scene: Scene, inputs: Callable[[Query], Iterator[Input]], whole: bool = True) -> Told:
    """Errors of the last hour, and those kinds of them that the hour before did not have.

    Where not the `whole` of that hour is read, no kind is called new.
    """
    from dropmon.logs.level import Level
    from dropmon.logs.query import Query
    from dropmon.logs.templates import template

    now = _groups(inputs, Query(Level.ERROR, since=scene.at - HOUR, until=scene.at))
    number = sum(group.number for group in now.values())
    if not whole:
        return Told((), number, whole=False)
    before = _groups(inputs, Query(Level.ERROR, since=scene.at - 2 * HOUR, until=scene.at - HOUR))
    old = {*before, *(template(group.example.message) for group in before.values())}
    new = [burst(name, group) for name, group in now.items()
           if name not in old and template(group.example.message) not in old]  # fmt: skip
    new.sort(key=lambda each: (-each.number, each.first or scene.at))
    return Told(tuple(new), number)


def _groups(inputs: Callable[[Query], Iterator[Input]], query: Query) -> dict[str, Group]:
    from dropmon.logs import sieve
    from dropmon.logs.gather import gather
    from dropmon.logs.top import Topping

    wanted = sieve.of(query)
    found = gather(inputs(query), lambda: Topping(query), sieve.compiled(wanted) if wanted else None, 1)
    for what, hint in found.tally.broken:
        raise DropmonError(what, hint)
    return found.groups()


def burst(name: str, group: Group) -> Burst:
    first, last = group.span
    places = tuple(sorted(group.places, key=lambda place: -group.places[place]))
    example = group.example.message.strip().partition("\n")[0]
    return Burst(name, group.number, first, last, places, example, group.example.frame)


def platform(scene: Scene, name: str) -> Told:
    """What a platform's log API tells. Raises DropmonError."""
    from dropmon.logs.inputs import Input, Lines
    from dropmon.logs.window import Window
    from dropmon.rules.sections import logs as section

    source = section.source(scene.rules, name)

    def inputs(query: Query) -> Iterator[Input]:
        window = Window(query.since, query.until)
        yield Input(name, Lines(source.rows(window, query, lambda: scene.at, lambda _: None)), answered=True)

    return logs(scene, inputs)


def files(scene: Scene, pattern: str) -> Told:
    """What the ends of the files of a pattern beside the rules tell. Raises DropmonError when there is none."""
    from dropmon.logs.inputs import opened
    from dropmon.logs.share import Part, Range

    names = sorted(glob(str(scene.rules.path.parent / pattern)))  # noqa: PTH207 Path.glob refuses absolute patterns
    if not names:
        raise DropmonError(f"there is no file {pattern}", "look at `logs: files:` in the rules")

    def inputs(_: Query) -> Iterator[Input]:
        for name in names:
            found = opened(name)
            size = found.size or 0
            if found.descriptor is not None and size > TAIL:
                part = Range(found.descriptor, Part(size - TAIL, size))
                found = found._replace(reader=part, size=TAIL, descriptor=None)
            yield found

    return logs(scene, inputs, not any(cut(Path(name), scene.at - 2 * HOUR) for name in names))


def cut(path: Path, since: float) -> bool:
    """Whether a file is longer than what is read of it, and that begins after a time (seconds since 1970)."""
    from dropmon.logs import formats

    size = path.stat().st_size
    if size <= TAIL:
        return False
    with path.open("rb") as file:
        file.seek(size - TAIL)
        file.readline()
        lines = list(islice(file, HEAD))
    times = [entry.time for line in lines for entry in formats.entries(line) if entry.time]
    return not times or min(times) > since
