"""How an SLO is spoken of. Pure."""

from __future__ import annotations

from datetime import tzinfo
from fractions import Fraction
from math import floor

from dropmon.model import moment
from dropmon.slo.indicator import Indicator
from dropmon.slo.promise import Promise
from dropmon.slo.standing import NEARLY, Standing, State
from dropmon.slo.target import bare, shown
from dropmon.units import budget, human_duration, share
from dropmon.zone import wall

ENOUGH = 0.9  # coverage below which it is said


def events(promise: Promise) -> str:
    """What is counted, in one word."""
    return "slices" if promise.slices else "events"


def measured(sli: Fraction, promise: Promise) -> str:
    """The share that was good, or bad where the promise is of that."""
    own = promise.target
    return share(own.seen(sli), own.seen(own.share))


def count(value: Fraction) -> str:
    """How many events.

    >>> count(Fraction(1234567)), count(Fraction(5, 2))
    ('1,234,567', '2.5')
    """
    return f"{int(value):,}" if value.denominator == 1 else f"{float(value):,.1f}"


def faster(pace: Fraction) -> str:
    """A burn rate.

    >>> faster(Fraction(72, 5)), faster(Fraction(1000)), faster(Fraction(0))
    ('14.4×', '1000×', '0×')
    """
    value = float(pace)
    return f"{value:.0f}×" if value >= 100 or value == int(value) else f"{value:.3g}×"


def gone(seconds: float | None) -> str:
    """When the budget is."""
    if seconds is None:
        return "the budget lasts"
    return f"the budget is gone in {human_duration(round(seconds))}" if seconds > 0 else "the budget is gone"


def window(promise: Promise) -> str:
    """Over which time.

    >>> from dropmon.slo.indicator import events
    >>> from dropmon.slo.target import target
    >>> window(Promise("up", target("99.9%"), events("up == 1", None, "up")))
    '30d rolling'
    """
    own = promise.window
    return f"calendar {own.calendar}" if own.calendar else f"{human_duration(own.seconds)} rolling"


def method(promise: Promise) -> str:
    """How it is counted, in a sentence."""
    text = counted(promise.indicator, promise.step)
    if promise.slices:
        length = human_duration(promise.slices.length)
        text = f"time in slices of {length}, each good when {at_least(promise)} of it is: {text}"
    return text


def at_least(promise: Promise) -> str:
    assert promise.slices
    target = promise.slices.target._replace(of_bad=False)
    return f"{'more than ' if target.strict else ''}{bare(target)}"


def counted(indicator: Indicator, step: float) -> str:
    """What an event is."""
    part, total = indicator.part, indicator.total
    what = "bad" if indicator.counts_bad else "good"
    if indicator.kind == "increases":
        return f"by how much {part.text} ({what}) and {total.text} grew, resets made good, nothing drawn out"
    if indicator.amounts:
        return f"{part.text} ({what}) of {total.text}, every {human_duration(step)}, added up"
    each = "each sample" if indicator.kind == "samples" else f"each number, every {human_duration(step)},"
    if part.text == total.text and part.meets:
        return f"{each} of {total.text}, good when it is {part.meets.op} {part.meets.limit:g}"
    return f"{each} of {total.text}, {what} where {part.text}"


def reason(standing: Standing, zone: tzinfo | None = None) -> str:
    """Why it is in its state; nothing where there is nothing to say. Times by the clock of a zone, for people."""
    return "; ".join([*because(standing), *besides(standing, zone)])


def because(standing: Standing) -> list[str]:
    """What made it so."""
    promise, sli, used = standing.promise, standing.tally.sli, standing.consumed
    if standing.state is State.NO_DATA or sli is None or used is None:
        total = standing.tally.total
        few = f"{count(total)} {events(promise)} are fewer than min_events, {promise.min_events}"
        return [few if total else "nothing was measured in the window"]
    if standing.state is State.BREACHED:
        own, less = promise.target, "more" if promise.target.of_bad else "less"
        if sli == own.share:
            return [f"exactly {bare(own)}, and {'less' if own.of_bad else 'more'} was promised"]
        return [f"{measured(sli, promise)} is {less} than {bare(own)}"]
    found = []
    if standing.burning:
        pair = standing.burning[0].pair
        found.append(f"burns more than {faster(standing.burning[0].factor)} over {pair.long} and {pair.short}")
    if used >= NEARLY:
        found.append(f"{budget(used)} of the budget is consumed")
    if not found and standing.state is State.AT_RISK:
        less = "not" if promise.target.of_bad else "less than"
        found.append(f"{measured(sli, promise)} so far is {less} {shown(promise.target)}")
    return found


def besides(standing: Standing, zone: tzinfo | None = None) -> list[str]:
    """What must be known to trust the numbers; times by the clock of a zone, for people."""
    found = []
    if standing.tally.total and standing.burns.get("1d") is None:
        found.append("nothing was measured for a day")
    if standing.tally.total and standing.tally.coverage < ENOUGH:
        found.append(f"only {share(Fraction(floor(standing.tally.coverage * 1000), 1000))} of the time was measured")
    if standing.since is not None:
        begin = wall(standing.since, zone) if zone else moment(standing.since)
        found.append(f"slices are counted from samples, which begin {begin}: see history.retention")
    if clipped := standing.tally.clipped:
        what, times = "bad" if standing.promise.indicator.counts_bad else "good", "time" if clipped == 1 else "times"
        found.append(f"more was {what} than there was in all, {clipped} {times}: all counts as {what}")
    totals: dict[str, float] = {}
    for why, seconds in standing.left_out:
        totals[why] = totals.get(why, 0.0) + seconds
    found += [f"{human_duration(round(seconds))} left out: {why}" for why, seconds in totals.items()]
    found += [f"not left out, as the expression does not keep its labels: {why}" for why in standing.left_in]
    return found
