"""Everything about one SLO, as people read it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from dropmon import units
from dropmon.output.table import Column, Table
from dropmon.slo import words
from dropmon.slo.standing import Day, Standing, State
from dropmon.slo.table import as_object, minutes
from dropmon.slo.target import Target, shown
from dropmon.zone import wall

BARS = "▁▂▃▄▅▆▇█"


def details(one: Standing) -> Table:
    """Everything about one SLO, a fact a row."""
    rows = [{"fact": fact, "value": value} for fact, value in facts(one) if value]
    verdict = "; ".join(words.because(one))
    headline = f"{one.promise.name}: {one.state.name.replace('_', ' ')}{' – ' + verdict if verdict else ''}"
    columns = Column("fact", ""), Column("value", "")
    return Table("slo", columns, rows, headline, one.state.value, notes(one), as_object(one))


def facts(one: Standing) -> list[tuple[str, str]]:
    """What there is to say, in words."""
    zone = one.promise.window.zone
    rates = [f"{name} {words.faster(rate) if rate is not None else '–'}" for name, rate in one.burns.items()]
    return [
        ("promised", ": ".join(filter(None, (one.promise.description, target(one.promise.target))))),
        ("over", f"{words.window(one.promise)}, {wall(one.span.start, zone)} to {wall(one.span.end, zone)}"),
        *measured(one),
        *(budget(one) if one.consumed is not None else ()),
        ("burn", ", ".join(rates)),
        ("at this pace", words.gone(one.exhausted_in) if one.consumed is not None else ""),
        ("last 30 days", spark(one.days, one.promise.target)),
        *(("note", each) for each in words.besides(one, zone)),
        ("told to", ", ".join(one.promise.channels)),
        ("runbook", one.promise.runbook or ""),
    ]


def measured(one: Standing) -> list[tuple[str, str]]:
    """What was seen in the window."""
    tally = one.tally
    sli = words.measured(one.sli, one.promise) if one.sli is not None else "NO DATA"
    good, bad, total = map(words.count, (tally.good, tally.bad, tally.total))
    covered = units.share(Fraction(round(tally.coverage * 100_000), 100_000))
    return [
        ("SLI", sli),
        (words.events(one.promise), f"{good} good, {bad} bad, {total} in all"),
        ("measured", f"{covered} of the time"),
    ]


def budget(one: Standing) -> list[tuple[str, str]]:
    """What is gone of the budget, and what is left, in events and in minutes."""
    used, left, noun = one.consumed or Fraction(0), one.remaining or Fraction(0), words.events(one.promise)
    events = f"{words.count(one.tally.bad)} of {amount(one.allowed)} {noun}"
    spent = f"{minutes(used * one.minutes)} of {minutes(one.minutes)}"
    rest = f"{amount(one.allowed - one.tally.bad)} {noun}, {minutes(left * one.minutes)}"
    return [
        ("consumed", f"{units.budget(used)} of the budget: {events}, {spent}"),
        ("left", f"{units.budget(left)}: {rest}"),
    ]


def notes(one: Standing) -> tuple[str, ...]:
    """What to do next."""
    how = f"counted: {words.method(one.promise)}"
    if one.state is State.HEALTHY:
        return (how,)
    found = [f"→ dropmon runbook show {one.promise.runbook}"] if one.promise.runbook else []
    return (how, *found, "→ dropmon triage")


def target(own: Target) -> str:
    return shown(own) if own.strict or own.of_bad else f"at least {shown(own)}"


def amount(events: Fraction) -> str:
    """How many events, to a tenth.

    >>> amount(Fraction(5)), amount(Fraction(86, 10)), amount(Fraction(-1, 3))
    ('5', '8.6', '-0.3')
    """
    return f"{float(events):,.1f}".removesuffix(".0")


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
