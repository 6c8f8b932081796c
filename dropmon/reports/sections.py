"""A report as tables, which every format shows: the screen, the text, the mail. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from dropmon import units
from dropmon.model import Status
from dropmon.output.page import Page
from dropmon.output.table import Column, Row, Table
from dropmon.reports.comparison import Unit
from dropmon.reports.methods import methods
from dropmon.reports.reasons import told
from dropmon.reports.report import Check, Lack, Promise
from dropmon.reports.writer import Writer

WORST = 5  # services that are named
MOST = 20  # rows of a table, and things that are missing
WIDE = 20  # cells of a bar
STATES = {"HEALTHY": Status.OK, "AT_RISK": Status.WARNING, "BREACHED": Status.CRITICAL, "NO_DATA": Status.UNKNOWN}
BAR = "bar"  # the column of a share of 0 to 1 that is drawn


def page(writer: Writer, only: tuple[str, ...] = ()) -> Page:
    """The tables of a report (or only some of them) under its headline, and how each number was counted."""
    made = {key: table for key, table in tables(writer) if not only or key in only}
    titled = {writer.say(key): table for key, table in made.items()}
    head = f"{writer.title}, {writer.span}. {writer.headline}"
    return Page("report", writer.title, head, writer.status, titled, notes(writer, only))


def notes(writer: Writer, only: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What is missing, and the methods."""
    return *missing(writer), *counted(writer, only)


def missing(writer: Writer) -> tuple[str, ...]:
    """What is missing, if anything is."""
    lacks = [lack(writer, each) for each in writer.report.missing]
    if len(lacks) > MOST:
        lacks[MOST:] = [writer.say("more", count=len(lacks) - MOST)]
    return (f"{writer.say('missing')} {'; '.join(lacks)}",) if lacks else ()


def counted(writer: Writer, only: tuple[str, ...]) -> tuple[str, ...]:
    """How each number was counted."""
    made = writer.say("made", at=writer.moment(writer.report.made))
    return writer.say("methods.made", methods=writer.say("methods"), made=made), *methods(writer, only)


def lack(writer: Writer, one: Lack) -> str:
    """What is missing, in words."""
    if one.since is not None:
        return writer.say("lack.since", name=one.name, since=writer.moment(one.since))
    return writer.say(f"lack.{one.kind}", name=one.name, why=one.why)


def short(writer: Writer, table: Table) -> Table:
    """A table of so many rows at most: a mail that is too long is cut."""
    rest = len(table.rows) - MOST
    if rest <= 0:
        return table
    return table._replace(rows=table.rows[:MOST], notes=(*table.notes, writer.say("more", count=rest)))


def tables(writer: Writer) -> Iterator[tuple[str, Table]]:
    """Each table by its key, what matters most first; those of which nothing is known say so or are left out."""
    report = writer.report
    yield "summary", summary(writer)
    yield "slos", short(writer, promises(writer))
    if len(report.days) > 1:
        yield "days", days(writer)
    yield "incidents", incidents(writer)
    yield "deployments", deployments(writer)
    if report.checks:
        yield "slowest", slowest(writer)
        yield "unreliable", unreliable(writer)
    if report.databases:
        yield "databases", short(writer, databases(writer))
    if report.duties:
        yield "oncall", short(writer, oncall(writer))


def columns(writer: Writer, *keys: str, right: tuple[str, ...] = ()) -> tuple[Column, ...]:
    return tuple(Column(key, writer.say(key), right=key in right) for key in keys)


def summary(writer: Writer) -> Table:
    kind = writer.report.period.kind
    rows: list[Row] = [
        {
            "figure": writer.say(each.key), "value": writer.figure(each),
            f"since.{kind}": writer.change(each, each.since), f"against.{kind}": writer.change(each, each.against),
        }
        for each in writer.report.figures
    ]  # fmt: skip
    named = columns(writer, "figure", "value", f"since.{kind}", f"against.{kind}", right=("value",))
    return Table("summary", named, rows)


def promises(writer: Writer) -> Table:
    if writer.report.promises is None:
        return Table("slos", (), (), writer.say("no_slos"), Status.UNKNOWN)
    found = sorted(writer.report.promises, key=alarm)
    rows: list[Row] = [
        {
            "name": f"{each.name} {writer.target(each.target)}",
            "sli": measured(writer, each),
            "consumed": "-" if each.consumed is None else writer.target(units.budget(exact(each.consumed))),
            "left": left(writer, each.minutes),
            "state": writer.say(each.status),
            "status": STATES.get(each.status, Status.UNKNOWN).value,
        }
        for each in found
    ]  # fmt: skip
    if not rows:
        return Table("slos", (), (), writer.say("no_data"), Status.UNKNOWN)
    status = Status.worst(STATES.get(each.status, Status.UNKNOWN) for each in found)
    numbers = ("sli", "consumed")
    notes = tuple(because(writer, each) for each in found[:MOST] if each.reason)
    return Table("slos", columns(writer, "name", *numbers, "left", "state", right=numbers), rows, "", status, notes)


def measured(writer: Writer, one: Promise) -> str:
    """What was good, or bad where that was promised, in the digits of `dropmon slo`: never as the target it is not.

    >>> [measured(Writer(None), Promise("up", "99.9%", sli, "", 0.0, 0.0)) for sli in (0.99889, 0.9989999, 1.0)]
    ['99.889 %', '99.89999 %', '100 %']
    """
    if one.sli is None:
        return "-"
    sli, target = exact(one.sli), units.percent(one.target.lstrip("<>= "))
    return writer.target(units.share(1 - sli if one.of_bad else sli, target))


def exact(share: float) -> Fraction:
    """As it is written: 0.999 is just what 99.9% promises."""
    return Fraction(repr(share))


def because(writer: Writer, one: Promise) -> str:
    """Why a promise is in its state, and what must be known to trust its numbers."""
    return writer.say("titled", platform=one.name, name=told(one.reason, writer.language))


def alarm(promise: Promise) -> tuple[int, float]:
    """The worst first."""
    return -STATES.get(promise.status, Status.UNKNOWN).badness, -(promise.consumed or 0.0)


def left(writer: Writer, minutes: float | None) -> str:
    """What is left of a budget, or by how much it is overdrawn."""
    if minutes is None:
        return "-"
    return writer.say("over_minutes" if minutes < 0 else "few_minutes", minutes=writer.time(abs(minutes) * 60))


def days(writer: Writer) -> Table:
    rows: list[Row] = [
        {"when": writer.day(each.day, "weekday"), "uptime": writer.share(each.uptime), BAR: each.uptime,
         "probes": writer.number(float(each.probes))}
        for each in writer.report.days
    ]  # fmt: skip
    when, uptime, probes = columns(writer, "when", "uptime", "probes", right=("uptime", "probes"))
    return Table("days", (when, uptime, Column(BAR, "", drawn), probes), rows)


def drawn(row: Row) -> str:
    """A bar of blocks; what was bad is seen, however little it is.

    >>> drawn({"bar": 0.5}), drawn({"bar": 0.9999})[-2:], drawn({"bar": 1.0})[-2:], drawn({"bar": None})
    ('██████████░░░░░░░░░░', '█░', '██', '')
    """
    share = row[BAR]
    if not isinstance(share, float):
        return ""
    good = WIDE if share >= 1 else min(WIDE - 1, round(share * WIDE))
    return "█" * good + "░" * (WIDE - good)


def incidents(writer: Writer) -> Table:
    report = writer.report
    if not report.levels:
        return Table("incidents", (), (), writer.say("no_data"), Status.UNKNOWN, disturbed(writer))
    count = sum(each.incidents for each in report.levels)
    rows: list[Row] = [
        {
            "level": writer.say(each.level), "count": writer.number(float(each.incidents)),
            "tta": writer.time(each.acknowledge), "ttr": writer.time(each.resolve),
            "before": "-" if each.before is None else writer.number(each.before),
        }
        for each in report.levels
    ]  # fmt: skip
    told = [
        f"{each.number}. {each.title} ({writer.say(each.level)}, {writer.moment(each.opened)}, "
        f"{writer.say('open') if each.open else writer.time(each.resolved_in)}"
        f"{', ' + writer.say('earlier') if each.earlier else ''})"
        for each in report.troubles[: 2 * WORST]
    ]
    told += disturbed(writer)
    opened = writer.say("total", count=count)
    head = ", ".join(filter(None, (opened, writer.earlier))) if count or writer.earlier else writer.say("no_incidents")
    numbers = ("count", "tta", "ttr", "before")
    return Table("incidents", columns(writer, "level", *numbers, right=numbers), rows, head, notes=tuple(told))


def disturbed(writer: Writer) -> tuple[str, ...]:
    """For how long something was open, if anything was."""
    seconds = writer.report.disturbed
    return (writer.say("disturbed", time=writer.time(seconds)),) if seconds else ()


def deployments(writer: Writer) -> Table:
    found = writer.report.deployments
    if found is None:
        return Table("deployments", (), (), writer.say("no_deployments"), Status.UNKNOWN)
    states = [each.state for each in found]
    head = writer.say(
        "deployed", count=len(found), failed=states.count("failed"), back=states.count("rolled back"),
        after=writer.report.after,
    )  # fmt: skip
    worst = sorted(found, key=lambda each: (not each.incidents, each.state == "ready", -each.at))[: 2 * WORST]
    rows: list[Row] = [
        {"opened": writer.moment(each.at), "title": each.title, "state": writer.state(each.state),
         "after": each.incidents}
        for each in sorted(worst, key=lambda each: each.at)
    ]  # fmt: skip
    named = columns(writer, "title", "state", "after", right=("after",))
    return Table("deployments", (Column("opened", writer.say("when")), *named), rows, head)


def slowest(writer: Writer) -> Table:
    found = sorted((each for each in writer.report.checks if each.p95 is not None), key=lambda one: -(one.p95 or 0))
    return checks(writer, "slowest", found[:WORST])


def unreliable(writer: Writer) -> Table:
    found = sorted((each for each in writer.report.checks if each.failed), key=lambda one: one.uptime or 0)
    return checks(writer, "unreliable", found[:WORST])


def checks(writer: Writer, name: str, found: list[Check]) -> Table:
    rows: list[Row] = [
        {
            "name": each.name, "uptime": writer.share(each.uptime), "failed": each.failed,
            "mean_": writer.number(each.mean, Unit.SECONDS), "p95_": writer.number(each.p95, Unit.SECONDS),
        }
        for each in found
    ]  # fmt: skip
    own = columns(writer, "name", "uptime", "failed", right=("uptime", "failed"))
    times = Column("mean_", "⌀", right=True), Column("p95_", "p95", right=True)
    return Table(name, (*own, *times), rows, "" if rows else writer.say("none"))


def databases(writer: Writer) -> Table:
    rows: list[Row] = [
        {
            "name": each.name, "size": writer.number(each.size, Unit.BYTES), "growth": growth(writer, each.growth),
            "connections": writer.share(each.connections, 1), "cache": writer.share(each.cache, 1),
            "deadlocks": writer.number(each.deadlocks),
        }
        for each in writer.report.databases
    ]  # fmt: skip
    keys = ("size", "growth", "connections", "cache", "deadlocks")
    return Table("databases", columns(writer, "name", *keys, right=keys), rows)


def growth(writer: Writer, bytes_: float | None) -> str:
    text = writer.number(None if bytes_ is None else abs(bytes_), Unit.BYTES)
    return text if bytes_ is None else f"{'-' if bytes_ < 0 else '+'}{text}"


def oncall(writer: Writer) -> Table:
    rows: list[Row] = [
        {"person": each.person, "hours": f"{each.primary:.0f}", "backup": f"{each.backup:.0f}", "alerts": each.alerts,
         "nights": each.nights}
        for each in writer.report.duties
    ]  # fmt: skip
    pages = writer.report.pages
    told = "" if pages is None else writer.say("pages", count=pages)
    keys = ("hours", "backup", "alerts", "nights")
    return Table("oncall", columns(writer, "person", *keys, right=keys), rows, told)
