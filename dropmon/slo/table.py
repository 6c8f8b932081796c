"""SLOs on a screen, and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from dropmon.model import Status, moment
from dropmon.output.table import Column, Row, Table
from dropmon.slo import words
from dropmon.slo.burn import WINDOWS
from dropmon.slo.standing import Day, Standing, State
from dropmon.slo.target import Target, shown
from dropmon.units import human_duration

BARS = "▁▂▃▄▅▆▇█"
WORDS = {
    State.BREACHED: "breached", State.NO_DATA: "without data", State.AT_RISK: "at risk", State.HEALTHY: "healthy",
}  # fmt: skip


def as_object(one: Standing) -> dict[str, object]:
    """One SLO as JSON has it: shares as numbers between 0 and 1, times in seconds; null is not known."""
    left = one.remaining
    return {
        "name": one.promise.name,
        "target": float(one.promise.target.share),
        "sli": number(one.tally.sli),
        "status": one.state.name,
        "good": number(one.tally.good),
        "bad": number(one.tally.bad),
        "total": number(one.tally.total),
        "coverage": round(one.tally.coverage, 6),
        "budget": {
            "consumed": number(one.consumed),
            "remaining": number(left),
            "remaining_minutes": None if left is None else number(left * one.minutes),
        },
        "burn": {name: number(one.burns.get(name)) for name in WINDOWS},
        "exhausted_in": one.exhausted_in,
        "reason": words.reason(one) or None,
    }


def number(value: Fraction | None) -> float | int | None:
    """A number as JSON has it: whole where it is whole."""
    return None if value is None else int(value) if value.denominator == 1 else float(value)


def overview(found: Sequence[Standing], at: float) -> Table:
    """Every SLO, the worst first."""
    ranked = sorted(found, key=lambda one: (-one.state.value.badness, -(one.consumed or 0), one.promise.name))
    rows = [{**as_object(one), "_one": one, "_status": one.state.value.value} for one in ranked]
    counts = [(sum(one.state is state for one in found), word) for state, word in WORDS.items()]
    headline = ", ".join(f"{many} {word}" for many, word in counts if many) or "no SLO"
    worst = Status.worst([one.state.value for one in found])
    notes = [f"→ dropmon slo show {ranked[0].promise.name}"] if ranked and worst is not Status.OK else []
    return Table("slos", COLUMNS, rows, f"SLOs: {headline}", worst, tuple(notes), {"at": moment(at)})


def details(one: Standing) -> Table:
    """Everything about one SLO, a fact a row."""
    rows = [{"fact": fact, "value": value} for fact, value in facts(one) if value]
    verdict = "; ".join(words.because(one))
    headline = f"{one.promise.name}: {one.state.name.replace('_', ' ')}{' – ' + verdict if verdict else ''}"
    columns = Column("fact", ""), Column("value", "")
    return Table("slo", columns, rows, headline, one.state.value, notes(one), as_object(one))


def facts(one: Standing) -> list[tuple[str, str]]:
    """What there is to say, in words."""
    tally, left = one.tally, one.remaining
    pairs = [f"{name} {words.faster(rate) if rate is not None else '–'}" for name, rate in one.burns.items()]
    found = [
        ("promised", f"{one.promise.description} ({target(one.promise.target)})".removeprefix(" (").rstrip(")")
         if not one.promise.description else f"{one.promise.description}: {target(one.promise.target)}"),
        ("over", f"{words.window(one.promise)}, {moment(one.span.start)} to {moment(one.span.end)}"),
        ("SLI", words.share(tally.sli, one.promise.target.share) if tally.sli is not None else "NO DATA"),
        ("events", f"{words.count(tally.good)} good, {words.count(tally.bad)} bad, {words.count(tally.total)} in all"),
        ("measured", f"{words.share(Fraction(round(tally.coverage * 100000), 100000))} of the time"),
    ]  # fmt: skip
    if one.consumed is not None and left is not None:
        allowed = tally.bad / one.consumed if one.consumed else tally.total * one.promise.target.budget
        found += [
            ("consumed", f"{words.budget(one.consumed)} of the budget: {words.count(tally.bad)} of "
                         f"{amount(allowed)} events, {minutes(one.consumed * one.minutes)} of {minutes(one.minutes)}"),
            ("left", f"{words.budget(left)}: {amount(allowed - tally.bad)} events, {minutes(left * one.minutes)}"),
        ]  # fmt: skip
    found += [
        ("burn", ", ".join(pairs)),
        ("at this pace", words.gone(one.exhausted_in) if one.consumed is not None else ""),
        ("last 30 days", spark(one.days, one.promise.target)),
        *(("note", each) for each in words.besides(one)),
        ("counted", words.method(one.promise)),
        ("told to", ", ".join(one.promise.channels)),
        ("runbook", one.promise.runbook or ""),
    ]
    return found


def notes(one: Standing) -> tuple[str, ...]:
    """What to do next."""
    if one.state is State.HEALTHY:
        return ()
    found = [f"→ dropmon runbook show {one.promise.runbook}"] if one.promise.runbook else []
    return (*found, "→ dropmon triage")


def target(own: Target) -> str:
    return shown(own) if own.strict else f"at least {shown(own)}"


def amount(events: Fraction) -> str:
    """How many events, to a tenth.

    >>> amount(Fraction(5)), amount(Fraction(86, 10)), amount(Fraction(-1, 3))
    ('5', '8.6', '-0.3')
    """
    return f"{float(events):,.1f}".removesuffix(".0")


def minutes(value: Fraction) -> str:
    """Minutes, also fewer than none.

    >>> minutes(Fraction(432, 10)), minutes(Fraction(-90)), minutes(Fraction(0))
    ('43.2 min', '-90 min', '0 min')
    """
    if abs(value) < 600:
        return f"{float(value):.1f}".removesuffix(".0") + " min"
    return f"{'-' if value < 0 else ''}{human_duration(float(abs(value) * 60))}"


def spark(days: Sequence[Day], own: Target) -> str:
    """A bar a day: full when nothing was bad, none when a day used ten times its share of the budget; · without data.

    >>> from dropmon.slo.tally import Tally
    >>> counts = (1000, 1000), (999, 1000), (9, 10), (0, 0)
    >>> tallies = [Tally(Fraction(good), Fraction(total)) for good, total in counts]
    >>> spark([Day(0.0, each) for each in tallies], Target(Fraction(999, 1000)))
    '█▇▁·'
    """
    return "".join(_bar(day, own) for day in days)


def _bar(day: Day, own: Target) -> str:
    sli = day.tally.sli
    if sli is None:
        return "·"
    used = float((1 - sli) / own.budget)
    return BARS[7] if used == 0 else BARS[max(0, min(6, 6 - int(used / 10 * 7)))]


def _of(row: Row) -> Standing:
    one = row["_one"]
    assert isinstance(one, Standing)
    return one


def _sli(row: Row) -> str:
    one = _of(row)
    return words.share(one.tally.sli, one.promise.target.share) if one.tally.sli is not None else "NO DATA"


def _left(row: Row) -> str:
    one = _of(row)
    return "" if one.remaining is None else words.budget(one.remaining)


def _minutes(row: Row) -> str:
    one = _of(row)
    return "" if one.remaining is None else minutes(one.remaining * one.minutes)


def _gone(row: Row) -> str:
    seconds = _of(row).exhausted_in
    return "" if seconds is None else human_duration(round(seconds)) if seconds > 0 else "gone"


def _burn(row: Row) -> str:
    rate = _of(row).burns.get("1h")
    return "" if rate is None else words.faster(rate)


COLUMNS = (
    Column("status", "Status", lambda row: str(row["status"]).replace("_", " ")),
    Column("name", "SLO", whole=True),
    Column("sli", "SLI", _sli, right=True),
    Column("target", "Target", lambda row: shown(_of(row).promise.target), right=True),
    Column("budget", "Left", _left, right=True),
    Column("minutes", "Time left", _minutes, right=True, raw=False),
    Column("burn", "Burn 1h", _burn, right=True),
    Column("exhausted_in", "Gone in", _gone, right=True),
    Column("good", "Good", human=False), Column("bad", "Bad", human=False), Column("total", "Total", human=False),
    Column("coverage", "Coverage", human=False),
    Column("reason", "Why", detail=True),
)  # fmt: skip
