"""What earlier samples add to an answer: how fast something happens, how fast it grows, where that leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from dropmon.db.run import Answer, Row
from dropmon.units import human_duration

HOUR = 3600.0
DAY = 86400.0
WEEK = 7 * DAY
MONTH = 30 * DAY
ENOUGH = 1000  # blocks: fewer say nothing of a cache
RECORD = "dropmon check database keeps the numbers"
FEW = 200  # samples that a line is drawn through
YOUNG = "the history of sizes is too short; → dropmon check database, or dropmon db sizes --record, from cron"
SLOWER = "what writes there? drop or archive old rows, or partition by time"

Labels = tuple[tuple[str, str], ...]
Point = tuple[float, float]  # seconds since 1970, value
Points = Sequence[Point]
# a sample's name, since when, and of how many seconds one is enough → each series, oldest first
Past = Callable[..., Mapping[Labels, Points]]


def increase(points: Points) -> float:
    """How much a counter has grown over its samples; where it falls it was reset, and began again at 0.

    >>> increase([(0, 5), (60, 7), (120, 1), (180, 2)])
    4.0
    """
    return float(sum(after - before if after >= before else after for (_, before), (_, after) in pairwise(points)))


def slope(points: Points) -> float | None:
    """Growth a second: the line of least squares through the samples; None when there is no time between them.

    >>> slope([(0, 10), (10, 20), (20, 30)]), slope([(0, 1)])
    (1.0, None)
    """
    from statistics import StatisticsError, linear_regression

    try:
        return linear_regression([time for time, _ in points], [value for _, value in points]).slope
    except StatisticsError:
        return None


def since(points: Points, start: float) -> Points:
    """The samples after `start`, or else the last before it: it may have been recorded once a day only.

    >>> since([(10, 1), (20, 2), (30, 3)], 15), since([(10, 1)], 15)
    ([(20, 2), (30, 3)], [(10, 1)])
    """
    return [point for point in points if point[0] > start] or points[-1:]


def merged(series: Mapping[Labels, Points], label: str = "") -> dict[str, Points]:
    """The samples by the value of one label, oldest first; those whose other labels have changed go on as one."""
    found: dict[str, list[Point]] = {}
    for labels, points in series.items():
        found.setdefault(dict(labels).get(label, ""), []).extend(points)
    return {value: sorted(points) for value, points in found.items()}


def deadlocks(answer: Answer, past: Past, at: float) -> Answer:
    """How many there were in the last day: the server itself only counts since its counters were reset."""
    found = merged(past("pg_deadlocks_total", at - WEEK), "datname")
    rows = [_judged(row, since(found.get(row["database"], ()), at - DAY), at, answer.options) for row in answer.rows]
    rates = [row["per_day"] for row in rows if row["per_day"] is not None]
    missing = any(row["per_day"] is None and row["deadlocks"] for row in rows)
    total = sum(rates) if rates and not missing else None
    return answer._replace(rows=tuple(rows), facts={**answer.facts, "rate_per_day": total})


def _judged(row: Row, points: Points, at: float, options: Mapping[str, float]) -> Row:
    """Until the samples go back a day they tell a lower bound only: enough for a warning, not for an all-clear.

    Nor are a few moments without one a rate of 0: that takes an hour.
    """
    counted = float(row["deadlocks"])
    span = at - points[0][0] if points else 0.0
    per_day = None
    if span >= HOUR or (points and increase([*points, (at, counted)])):
        per_day = increase([*points, (at, counted)]) * (min(1.0, DAY / span) if span else 1.0)
    if per_day is not None and per_day / DAY > options["warn"]:
        status, hint = "warning", "the server's log tells who waited for whom: look for 'deadlock detected'"
    elif span >= 0.9 * DAY or counted / DAY <= options["warn"]:
        status, hint = "ok", None
    else:
        status, hint, per_day = "unknown", f"{RECORD}; with a day of them, ask again", None
    return {**row, "status": status, "per_day": per_day, "window_seconds": span or None, "hint": hint}


def hits(answer: Answer, past: Past, at: float) -> Answer:
    """The hit ratio of late: the last hour's, or the last day's or week's where little was asked for.

    The answer stays as it is, since the statistics began, as long as the history is shorter than an hour.
    """
    names = {"blocks_hit": "pg_blocks_hit_total", "blocks_read": "pg_blocks_read_total"}
    found = {fact: merged(past(name, at - WEEK)).get("", ()) for fact, name in names.items()}
    if not any(points and points[0][0] <= at - HOUR for points in found.values()):
        return answer
    for length in (HOUR, DAY, WEEK):
        points = {fact: [*since(found[fact], at - length), (at, float(answer.facts[fact]))] for fact in found}
        hit, read = increase(points["blocks_hit"]), increase(points["blocks_read"])
        if hit + read >= ENOUGH:
            span = at - points["blocks_hit"][0][0]
            return _rated(answer, hit / (hit + read), f"in the last {human_duration(span)}")
    return _rated(answer, None, "with too few of late to judge")


def _rated(answer: Answer, ratio: float | None, window: str) -> Answer:
    verdict = "unknown" if ratio is None else "warning" if ratio < answer.options["warn"] else "ok"
    told: Row = {"judged_ratio": ratio, "window": window, "verdict": verdict, "notes": []}
    return answer._replace(facts={**answer.facts, **told})


def anew(points: Points) -> Points:
    """The samples since the last fall by more than half: after TRUNCATE or a rewrite it is another table.

    >>> anew([(0, 100), (1, 90), (2, 10), (3, 12)])
    [(2, 10), (3, 12)]
    """
    falls = (place for place in range(len(points) - 1, 0, -1) if points[place][1] < points[place - 1][1] / 2)
    return points[next(falls, 0) :]


def pace(points: Points) -> tuple[float, float] | None:
    """Growth a second, and the size at the first sample, both by the line through the samples; None without time.

    The size is at least a hundredth of the last one, lest what began empty grows without bounds.

    >>> pace([(0, 100), (10, 110), (20, 120)]), pace([(0, 1)])
    ((1.0, 100.0), None)
    """
    from statistics import fmean

    rate = slope(points)
    if rate is None:
        return None
    times, sizes = zip(*points, strict=True)
    return rate, max(fmean(sizes) + rate * (times[0] - fmean(times)), sizes[-1] / 100)


def growth(answer: Answer, past: Past, at: float) -> Answer:
    """How fast each table has grown in the window, and where that leads; the fastest first."""
    start = at - answer.options["window"]
    step = answer.options["window"] / FEW
    series = {"table": merged(past("pg_table_bytes", start, step), "table")}
    series["database"] = merged(past("pg_database_bytes", start, step), "datname")
    before = [series[row["by"]].get(row["datname"] or row["name"], ()) for row in answer.rows]
    rows = [_grown(row, points, at, answer.options) for row, points in zip(answer.rows, before, strict=True)]
    rows.sort(key=lambda row: (row["status"] != "warning", row["week_bytes"] is None, -(row["week_bytes"] or 0)))
    compared = sum(row["week_bytes"] is not None for row in rows)
    growing = sum(row["status"] == "warning" for row in rows)
    verdict = "warning" if growing else "ok" if compared else "unknown"
    told: Row = {"compared": compared, "growing": growing if compared else None, "verdict": verdict}
    report = answer.report
    if not compared:
        told = {**told, "notes": [YOUNG]}
        report = report._replace(headline="how fast tables grow is not known yet")
    shown = tuple(rows[: answer.options["limit"] or None])
    return answer._replace(report=report, rows=shown, facts={**answer.facts, **told})


def _grown(row: Row, before: Points, at: float, options: Mapping[str, float]) -> Row:
    now = float(row["total_bytes"])
    points = anew([*before, (at, now)])
    span = at - points[0][0]
    found = pace(points) if span >= min(DAY, options["window"] / 10) else None
    if found is None:
        return row
    rate, first = found
    judged = row["by"] == "table" and now >= options["size"]
    status = "warning" if judged and rate > options["warn"] * first else "ok"
    return {
        **row, "status": status, "change_bytes": now - points[0][1], "span_seconds": span,
        "week_bytes": rate * WEEK, "week_ratio": rate * WEEK / first if first else 0.0,
        "month_bytes": max(0.0, now + rate * MONTH), "doubling_seconds": now / rate if rate > 0 else None,
        "hint": SLOWER if status == "warning" else None,
    }  # fmt: skip


ADDED: Mapping[str, Callable[[Answer, Past, float], Answer]] = MappingProxyType({
    "cache": hits, "deadlocks": deadlocks, "growth": growth,
})  # fmt: skip


def added(answer: Answer, past: Past, at: float) -> Answer:
    """The answer with what its header asks of the history."""
    return ADDED[answer.report.history](answer, past, at)
