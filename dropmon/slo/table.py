"""SLOs on a screen, and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from dropmon.model import Status, moment
from dropmon.output.table import Column, Row, Table
from dropmon.slo import words
from dropmon.slo.burn import WINDOWS
from dropmon.slo.standing import Standing, State
from dropmon.slo.target import shown
from dropmon.units import budget, human_duration

WORDS = {
    State.BREACHED: "breached", State.NO_DATA: "without data", State.AT_RISK: "at risk", State.HEALTHY: "healthy",
}  # fmt: skip


def as_object(one: Standing) -> dict[str, object]:
    """One SLO as JSON has it: shares as numbers between 0 and 1, times in seconds; null is not known."""
    left = one.remaining
    return {
        "name": one.promise.name,
        "target": float(one.promise.target.share),
        "sli": number(one.sli),
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


def minutes(value: Fraction) -> str:
    """Minutes, also fewer than none.

    >>> minutes(Fraction(432, 10)), minutes(Fraction(-90)), minutes(Fraction(0))
    ('43.2 min', '-90 min', '0 min')
    """
    if abs(value) < 600:
        return f"{float(value):.1f}".removesuffix(".0") + " min"
    return f"{'-' if value < 0 else ''}{human_duration(float(abs(value) * 60))}"


def _of(row: Row) -> Standing:
    one = row["_one"]
    assert isinstance(one, Standing)
    return one


def _sli(row: Row) -> str:
    one = _of(row)
    return words.measured(one.sli, one.promise) if one.sli is not None else "NO DATA"


def _left(row: Row) -> str:
    one = _of(row)
    return "" if one.remaining is None else budget(one.remaining)


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
