"""`dropmon slo` over a year, beside a real Prometheus that answers the same queries over the same samples.

Fifty targets every five minutes: 5 million results of checks, and as many durations. The numbers are compared before
the times. Run: python -m benchmarks.slo [--days 365] [--rounds 5]   (some minutes, and 2 GB on disk meanwhile)
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.process import Cost, median, run
from dropmon.model import Sample
from dropmon.output import Column, Table, plain
from dropmon.storage import Retention, open_store

if TYPE_CHECKING:
    from tests.history.promql.prometheus import Prometheus

DAY, EVERY, TARGETS, FUNCTIONS = 86_400, 300, 50, 10
WINDOWS = {"5m": 300, "30m": 1800, "1h": 3600, "2h": 7200, "6h": 21600, "1d": DAY, "3d": 3 * DAY}
GOOD, TOTAL = "sum(sum_over_time(probe_success[X]))", "sum(count_over_time(probe_success[X]))"
QUERIES: Mapping[str, tuple[str, str]] = {  # what is good and what there is, or bad and all, in a window X
    "uptime": (GOOD, TOTAL),
    "api-success": (GOOD, TOTAL),
    "response-time": (
        "sum(count_over_time((probe_duration_seconds < 0.5)[X:5m]))",
        "sum(count_over_time(probe_duration_seconds[X]))",
    ),
    "error-rate": (
        'sum(increase(function_requests_total{status="error"}[X]))',
        "sum(increase(function_requests_total[X]))",
    ),
    "query-time": (
        "sum(count_over_time((pg_statement_mean_seconds < 0.1)[X:5m]))",
        "sum(count_over_time(pg_statement_mean_seconds[X]))",
    ),
}
RULES = """
platform: {name: Shop, timezone: UTC}
checks: {apis: [LIST]}
slos:
  - {name: uptime, target: 99.9%, window: Wd, good: probe_success == 1, total: probe_success}
  - {name: response-time, target: 95%, window: Wd, value: probe_duration_seconds, below: 500ms}
  - {name: error-rate, target: "< 0.1%", window: Wd, bad: 'function_requests_total{status="error"}',
     total: function_requests_total}
  - {name: query-time, target: 95%, window: Wd, value: pg_statement_mean_seconds, below: 100ms}
  - {name: api-success, target: "> 99.5%", window: Wd, bad: probe_success == 0, total: probe_success}
"""


class Figure(NamedTuple):
    """One window: seconds and MiB of `dropmon slo`, by what is kept, and seconds of Prometheus."""

    what: str
    kept: str
    ours: float
    memory: float
    prometheus: float


def samples(days: float, end: float) -> Iterator[Sample]:
    """Results and durations of checks, counters of functions, a statement's mean; the same whenever asked for."""
    chance = random.Random(5)
    count = int(days * DAY / EVERY)
    for number in range(TARGETS):
        labels = ("check", f"target-{number}"), ("kind", "apis")
        times = [end - back * EVERY + number + 1 for back in range(count, 0, -1)]
        for name in ("probe_success", "probe_duration_seconds"):
            for at in times:
                value = float(chance.random() > 0.0015) if name == "probe_success" else chance.lognormvariate(-1.9, 0.6)
                yield Sample(name, labels, at, value)
    for number in range(FUNCTIONS):
        status, value = ("ok", "error")[number % 2], 0.0
        for back in range(count, 0, -1):
            more = chance.random() < 0.1 if number % 2 else int(chance.random() * 200)
            value = 0.0 if chance.random() < 0.0003 else value + more
            labels = ("function", f"f-{number // 2}"), ("status", status)
            yield Sample("function_requests_total", labels, end - back * EVERY + 70 + number, value)
    for back in range(count, 0, -1):
        yield Sample("pg_statement_mean_seconds", (), end - back * EVERY + 90, chance.lognormvariate(-3.2, 0.6))


def asked(prometheus: Prometheus, days: float, at: float) -> dict[str, tuple[float, float]]:
    """The queries behind one `dropmon slo`: the window, seven burn rates and thirty days of every SLO."""
    found = {}
    for name, both in QUERIES.items():
        for length in WINDOWS.values():
            for each in both:
                prometheus.query(each.replace("X", f"{length}s"), at)
        for each in both:
            prometheus.query_range(each.replace("X", "1d"), at - 29 * DAY, at, DAY)
        first, second = (number(prometheus, each.replace("X", f"{days:g}d"), at) for each in both)
        found[name] = (second - first, second) if name == "error-rate" else (first, second)
    return found


def number(prometheus: Prometheus, expression: str, at: float) -> float:
    answer = prometheus.query(expression, at)
    assert isinstance(answer, dict), answer
    return float(answer["result"][0]["value"][1])


def command(folder: Path, kept: str, days: float, at: float, form: str) -> list[str]:
    rules = folder / f"rules-{days:g}.yaml"
    checks = ", ".join(f'{{name: target-{n}, url: "https://x.example"}}' for n in range(TARGETS))
    rules.write_text(RULES.replace("Wd", f"{days:g}d").replace("LIST", checks))
    when = datetime.fromtimestamp(at, UTC).isoformat()
    where = ["--rules", str(rules), "--storage", str(folder / f"{kept}.db")]
    return [sys.executable, "-m", "dropmon", "slo", *where, "--at", when, "--format", form]


def same(ours: str, theirs: Mapping[str, tuple[float, float]], hourly: bool) -> None:
    """Ends the run where a number differs; Prometheus draws counters out to the edges, and looks at samples of a
    comparison step by step: a hair in so long a time."""
    for one in json.loads(ours)["slos"]:
        good, total = theirs[one["name"]]
        if hourly and one["name"] in {"response-time", "query-time"}:
            continue  # to one percent of the limit
        near = 0 if GOOD in QUERIES[one["name"]] else 5e-3
        for own, other in ((one["good"], good), (one["bad"], total - good), (one["total"], total)):
            assert abs(own - other) <= near * other, (one["name"], own, other)
    print("the numbers are equal", flush=True)


def measured(folder: Path, days: float, rounds: int) -> Iterator[Figure]:
    """Windows of thirty days and of all there is, of samples that are all kept and of hours."""
    from tests.history.promql.prometheus import running

    end = time.time() // DAY * DAY
    for kept, retention in {"samples": Retention(raw=400.0 * DAY), "hours": Retention()}.items():
        with open_store(str(folder / f"{kept}.db"), retention) as store:
            store.record(samples(days, end))
            store.prune(end)
            print(kept, store.info(), flush=True)
    with running(folder, samples(days, end)) as prometheus:
        for window in (30.0, days):
            for kept in ("samples", "hours"):
                theirs = asked(prometheus, window, end)
                line = command(folder, kept, window, end, "json")
                same(run(line, good=(0, 1, 2)).output, theirs, hourly=kept == "hours" and window > 35)
                costs: list[Cost] = []
                took: list[float] = []
                for _ in range(rounds):
                    costs.append(run(line, good=(0, 1, 2)))
                    began = time.perf_counter()
                    asked(prometheus, window, end)
                    took.append(time.perf_counter() - began)
                yield Figure(
                    f"{window:g} days", kept, median(costs, "wall"), median(costs, "memory"), statistics.median(took)
                )


def table(figures: Sequence[Figure]) -> Table:
    keys = ("window", "kept", "dropmon slo", "memory", "prometheus", "ratio", "asked")
    rows = [
        dict(zip(keys, (one.what, one.kept, f"{one.ours:.2f} s", f"{one.memory:.0f} MiB", f"{one.prometheus:.2f} s",
                        f"{one.ours / one.prometheus:.2f}", "<= 1"), strict=True))
        for one in figures
    ]  # fmt: skip
    return Table("slo", tuple(Column(key, key) for key in keys), rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=365)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        figures = [*measured(Path(name), given.days, given.rounds)]
    print("".join(plain(table(figures))))


if __name__ == "__main__":
    main()
