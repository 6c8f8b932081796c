"""PromQL over the embedded history, beside a real Prometheus with the same samples in the same run.

Run: python -m benchmarks.promql [--days 30] [--year 365]   (8.6 million samples, then 6.3 million: some minutes)
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.history import END, EVERY, timed
from dropmon.model import Sample
from dropmon.output import Column, Table, plain
from dropmon.storage import Retention, open_store

if TYPE_CHECKING:
    from tests.history.promql.prometheus import Prometheus

DAY = 86_400
AT = END - 30.0
RULES = 300


class Figure(NamedTuple):
    """One thing measured, in milliseconds."""

    what: str
    ours: float
    prometheus: float | None = None
    asked: str = ""


def samples(count: int, days: float) -> Iterator[Sample]:
    """Counters and gauges in turn, in ten groups, every five minutes; the same whenever they are asked for."""
    chance = random.Random(1)
    for number in range(count):
        labels = ("group", f"g-{number % 10}"), ("instance", f"i-{number}")
        counts, value = number % 2 == 1, 0.0
        for back in range(int(days * DAY / EVERY), 0, -1):
            value = value + chance.random() * 10 if counts else chance.gauss(50, 10)
            yield Sample("requests_total" if counts else "temperature", labels, END - back * EVERY + number % 60, value)


def rules() -> list[str]:
    """Conditions as alerts have them: most look at one series or ten of the thousand."""
    shapes = (
        'avg_over_time(temperature{{instance="i-{even}"}}[1h]) > 90',
        'rate(requests_total{{instance="i-{odd}"}}[15m]) > 5',
        'temperature{{instance=~"i-{n}."}} > 95',
        'max_over_time(temperature{{instance="i-{even}"}}[1d]) > 120',
        'increase(requests_total{{instance=~"i-{n}[0-9]"}}[1h]) > 1000',
        'sum(rate(requests_total{{group="g-{odd_digit}",instance=~"i-.{digit}."}}[15m])) > 30',
        'temperature{{instance="i-{even}"}} / on() group_left() temperature{{instance="i-0"}} > 3',
        'absent(temperature{{instance="i-{even}"}})',
        'predict_linear(temperature{{instance="i-{even}"}}[6h], 3600) > 200',
        'temperature{{instance="i-{even}"}} > 95 and temperature{{instance="i-{even}"}} offset 1h > 95',
    )
    return [
        shapes[n % 10].format(n=n % 100, digit=n % 9, even=n * 6 % 1000, odd=n * 6 % 1000 + 1, odd_digit=n % 5 * 2 + 1)
        for n in range(RULES)
    ]


WIDE = (
    "sum by (group) (rate(requests_total[15m]))",
    "avg(temperature)",
    "topk(5, avg_over_time(temperature[1h]))",
    "count(temperature > 60) / count(temperature)",
    "quantile(0.95, max_over_time(temperature[1d]))",
    "sum(increase(requests_total[1d]))",
    "avg by (group) (avg_over_time(temperature[30d]))",
)


def evaluated(place: str, expressions: Sequence[str]) -> int:
    """How many samples they come to; the history is opened anew."""
    from dropmon.history.promql import Vector, evaluate
    from dropmon.history.selection import Selection

    with open_store(place) as store:
        selection = Selection(store, lambda labels: float(EVERY))
        found = [evaluate(each, selection, AT) for each in expressions]
    return sum(len(each.samples) for each in found if isinstance(each, Vector))


def processes(place: str, expressions: Sequence[str], times: int = 7) -> float:
    """Milliseconds of a whole process that evaluates them, beyond those of one that imports the command line only."""
    work = "from benchmarks import promql; import json,sys; promql.evaluated(sys.argv[1], json.load(sys.stdin))"
    start = "from benchmarks import promql; import dropmon.storage.sqlite"
    text = json.dumps(list(expressions)).encode()

    def run(code: str) -> None:
        subprocess.run([sys.executable, "-c", code, place], input=text, check=True, capture_output=True)

    both = [(timed(partial(run, start)), timed(partial(run, work))) for _ in range(times)]
    return 1000 * (min(one for _, one in both) - min(one for one, _ in both))


def asked(prometheus: Prometheus, expressions: Sequence[str]) -> None:
    """Asks Prometheus over one connection."""
    connection = http.client.HTTPConnection(prometheus.address.removeprefix("http://"))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for each in expressions:
        connection.request("POST", "/api/v1/query", urllib.parse.urlencode({"query": each, "time": AT}), headers)
        answer = connection.getresponse()
        data = json.load(answer)
        assert data["status"] == "success", data
    connection.close()


def best(work: Callable[[], object], times: int = 5) -> float:
    return 1000 * min(timed(work) for _ in range(times))


def thousand(folder: Path, days: float) -> Iterator[Figure]:
    """Rules over a thousand series."""
    from tests.history.promql.prometheus import running

    place = str(folder / "rules.db")
    with open_store(place) as store:
        store.record(samples(1000, days))
    with running(folder / "p", samples(1000, days)) as prometheus:
        whole = rules()
        first = 1000 * timed(lambda: asked(prometheus, whole))
        again = best(lambda: asked(prometheus, whole))
        yield Figure(f"{RULES} rules, a process beyond its start", processes(place, whole), again, "150 ms, 2 x")
        yield Figure(f"{RULES} rules, again in the same process", best(lambda: evaluated(place, whole)), again)
        yield Figure(f"{RULES} rules, Prometheus for the first time", 0.0, first)
        for each in WIDE:
            yield Figure(each, best(partial(evaluated, place, [each]), 3), best(partial(asked, prometheus, [each]), 3))


def year(folder: Path, days: float) -> Iterator[Figure]:
    """A day's averages over a year of sixty series: of samples, and of the hours that are kept after 35 days."""
    from dropmon.history.promql import evaluate_range
    from dropmon.history.selection import Selection
    from tests.history.promql.prometheus import running

    span = END - days * DAY + DAY, END, float(DAY)
    places = {"samples": Retention(raw=400.0 * DAY), "hours": Retention()}
    for name, retention in places.items():
        with open_store(str(folder / f"{name}.db"), retention) as store:
            store.record(samples(60, days))
            store.prune(END)

    def ours(name: str, expression: str) -> Any:
        with open_store(str(folder / f"{name}.db")) as store:
            return evaluate_range(expression, Selection(store, lambda labels: float(EVERY)), *span)

    with running(folder / "y", samples(60, days)) as prometheus:
        for expression in ("avg_over_time(temperature[1d])", "sum(max_over_time(temperature[1d]))", "temperature"):
            theirs = best(partial(prometheus.query_range, expression, *span), 3)
            for name in places:
                took = best(partial(ours, name, expression), 3)
                yield Figure(f"{days:g} days of {expression}, kept as {name}", took, theirs, "1 x")


def table(figures: Sequence[Figure]) -> Table:
    keys = ("what", "ours_ms", "prometheus_ms", "ratio", "asked")
    columns = tuple(Column(key, key.replace("_", " "), right=key.endswith(("ms", "ratio"))) for key in keys)
    return Table("promql", columns, [row(each) for each in figures])


def row(figure: Figure) -> dict[str, object]:
    """One line: what is not measured stays empty."""
    theirs = figure.prometheus
    return {
        "what": figure.what,
        "ours_ms": f"{figure.ours:,.1f}" if figure.ours else None,
        "prometheus_ms": f"{theirs:,.1f}" if theirs else None,
        "ratio": f"{figure.ours / theirs:.2f}" if theirs and figure.ours else None,
        "asked": figure.asked or None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--year", type=float, default=365)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("p", "y"):
            (folder / part).mkdir()
        began = time.perf_counter()
        figures = [*thousand(folder, given.days), *year(folder, given.year)]
        print("".join(plain(table(figures))), f"in {time.perf_counter() - began:.0f} s", sep="\n")


if __name__ == "__main__":
    main()
