"""What keeps a database from its work: no connection left, a lock, a statement."""

from __future__ import annotations

from collections.abc import Iterator

from dropmon.model import Verdict
from dropmon.triage.cause import Cause
from dropmon.triage.facts import Facts, Root
from dropmon.units import human_duration

WAITED = 5.0  # seconds that others must have waited for a lock
ANSWERING = ("apis", "web", "functions")  # kinds of checks that are measured by how soon they answer


def database_away(facts: Facts) -> Iterator[Cause]:
    """The database lets nobody in."""
    for each in facts.pressures:
        if each.error:
            full = "too many" in each.error or "remaining connection slots" in each.error
            title = (
                f"{each.database} has no connection left" if full else f"the database {each.database} does not answer"
            )
            yield Cause(
                "database",
                title,
                0.96,
                (each.error, *([each.hint] if each.hint else [])),
                None,
                (f"dropmon db connections --database {each.database}",),
                "database-high-connections" if full else "",
            )


def blocked(facts: Facts) -> Iterator[Cause]:
    """Sessions wait for a lock that one of them holds."""
    for each in facts.pressures:
        for root in each.roots:
            if root.blocks and root.waited >= WAITED:
                yield Cause(
                    "blocked",
                    f"{root.session} blocks {sessions(root.blocks)} in {each.database}",
                    0.92,
                    tuple(held(root)),
                    facts.at - max(root.transaction, root.waited),
                    ends(root, each.database),
                    "slow-queries",
                )


def leak(facts: Facts) -> Iterator[Cause]:
    """The connections are nearly all taken; a leak where many of them idle in a transaction."""
    for each in facts.pressures:
        if each.usable and each.share >= each.warn:
            idle = each.idle_in_transaction
            lost = idle >= 0.3 * each.used
            title = (
                f"connections leak: {idle} of {each.used} in {each.database} idle in a transaction"
                if lost
                else f"{each.database} runs out of connections"
            )
            evidence = [f"{each.used} of {each.usable} connections are taken ({each.share:.0%})"]
            evidence += [f"{each.holder} holds {each.held} of them"] if each.held else []
            yield Cause(
                "connections",
                title,
                0.94 if lost else 0.85,
                tuple(evidence),
                None,
                (f"dropmon db connections --database {each.database}",),
                "database-high-connections",
            )


def slow(facts: Facts) -> Iterator[Cause]:
    """Something answers slowly while a statement of the database takes most of its time."""
    late = [each for each in facts.failing if each.verdict is Verdict.DEGRADED and each.kind in ANSWERING]
    for each in facts.pressures:
        top = next((one for one in each.slow if one.share >= 0.3), None)
        if late and top:
            evidence = (
                f"{late[0].name}: {late[0].error}",
                f"{top.share:.0%} of the time of {each.database}: {top.statement[:100]}",
            )
            yield Cause(
                "slow",
                f"a slow statement in {each.database}",
                0.45,
                evidence,
                None,
                (f"dropmon db slow-queries --database {each.database}",),
                "slow-queries",
            )


def held(root: Root) -> Iterator[str]:
    """What is known of who blocks."""
    yield f"it is {root.state}, its transaction {human_duration(root.transaction)} old" if root.state else root.session
    yield f"the longest of the others has waited {human_duration(root.waited)}"
    if root.statement:
        yield f"its last statement: {' '.join(root.statement.split())[:100]}"


def ends(root: Root, database: str) -> tuple[str, ...]:
    """How to look, and how to end it."""
    end = (f"dropmon db terminate {root.pid} --database {database}",) if root.pid else ()
    return (f"dropmon db blocking --database {database}", *end)


def sessions(count: int) -> str:
    return f"{count} session" + ("" if count == 1 else "s")
