"""PromQL over the embedded history, beside a real Prometheus with the same samples in the same run.

Answers are compared before times. Run: python -m benchmarks.promql [--days 30] [--year 365]   (8.6 million samples,
then 6.3 million: some minutes, and 3 GB on disk meanwhile)
"""

from __future__ import annotations

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.conditions import DAY, EVERY, MANY, mixed, narrow, samples, written
from dropmon.output import Column, Table, plain
from dropmon.storage import Retention, open_store

if TYPE_CHECKING:
    from dropmon.history.selection import Selection
    from dropmon.storage import Store
    from tests.history.promql.prometheus import Prometheus

RULES = 300
YEAR = (
    'avg_over_time({__name__=~".+"}[1d])',
    'sum(max_over_time({__name__=~".+"}[1d]))',
    '{__name__=~".+"}',
    "sum by (group) (rate(requests_total[1h]))",
    "sum by (group) (rate(requests_total[1d]))",
)


class Figure(NamedTuple):
    """One thing measured, and the same in Prometheus."""

    what: str
    ours: float
    prometheus: float | None = None
    asked: str = ""
    unit: str = "ms"


def selecting(store: Store) -> Selection:
    from dropmon.history.selection import Selection

    return Selection(store, lambda labels: float(EVERY))


def evaluated(place: str, expressions: Sequence[str], at: float) -> list[Any]:
    """Their answers, as those of Prometheus' HTTP API; the history is opened anew."""
    from dropmon.history.answer import data
    from dropmon.history.promql import evaluate

    with open_store(place) as store:
        selection = selecting(store)
        return [data(evaluate(each, selection, at), at) for each in expressions]


class Spent(NamedTuple):
    """What a process took, in milliseconds."""

    wall: float
    cpu: float


def processes(place: str, expressions: Sequence[str], at: float) -> tuple[Spent, Spent]:
    """What a process takes that imports as much as the command line does, and one that evaluates them, too."""
    work = "from benchmarks import promql; import json,sys; promql.evaluated(sys.argv[1], *json.load(sys.stdin))"
    start = "from benchmarks import promql; import dropmon.storage.sqlite"
    text = json.dumps([list(expressions), at]).encode()
    return spent([sys.executable, "-c", start, place], text), spent([sys.executable, "-c", work, place], text)


def spent(command: Sequence[str], text: bytes = b"") -> Spent:
    """Of one process, from its start to its end."""
    before = getrusage(RUSAGE_CHILDREN)
    wall = timed(partial(subprocess.run, command, input=text, check=True, capture_output=True))
    after = getrusage(RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(1000 * wall, 1000 * cpu)


def asked(prometheus: Prometheus, expressions: Sequence[str], at: float) -> list[Any]:
    """The answers of Prometheus, over one connection."""
    connection = http.client.HTTPConnection(prometheus.address.removeprefix("http://"))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    found = []
    for each in expressions:
        connection.request("POST", "/api/v1/query", urllib.parse.urlencode({"query": each, "time": at}), headers)
        found.append(json.load(connection.getresponse())["data"])
    connection.close()
    return found


def group(prometheus: Prometheus) -> float:
    """Milliseconds that the last evaluation of its rules took Prometheus, as it says itself."""
    with urllib.request.urlopen(f"{prometheus.address}/api/v1/rules", timeout=60) as answer:
        (one,) = json.load(answer)["data"]["groups"]
    # It cannot write what fires: samples from later than now are in its blocks. It has evaluated all the same.
    assert {rule.get("lastError") for rule in one["rules"]} <= {None, "", "out of bounds"}, "a rule fails"
    return 1000 * float(one["evaluationTime"])


def grouped(expressions: Sequence[str]) -> str:
    """Alert rules for Prometheus, evaluated every three seconds."""
    rules = [{"alert": f"rule{number}", "expr": each} for number, each in enumerate(expressions)]
    return json.dumps({"groups": [{"name": "all", "interval": "3s", "rules": rules}]})


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def best(work: Callable[[], object], times: int = 5) -> float:
    return 1000 * min(timed(work) for _ in range(times))


def same(expressions: Sequence[str], ours: Sequence[Any], theirs: Sequence[Any]) -> None:
    """Ends the run where two answers differ by more than rounding."""
    from tests.history.promql.test_prometheus import difference

    for each, one, other in zip(expressions, ours, theirs, strict=True):
        why = difference(one, other, ties=False)
        assert not why, f"{each}: {why}"[:600]
    print(f"{len(expressions)} answers are equal: {sum(len(each['result']) for each in ours):,} series", flush=True)


def thousand(folder: Path, days: float) -> Iterator[Figure]:
    """Rules over a thousand series, whose samples go on for an hour or two from now, so that Prometheus evaluates."""
    from tests.history.promql import prometheus as real

    end, at = (time.time() // 3600 + 2) * 3600, time.time() // 60 * 60 - 7200.0
    place = str(folder / "rules.db")
    texts = real.written(folder, samples(1000, days, end))
    command = [sys.executable, "-m", "dropmon", "history", "import", "--storage", place]
    took = [spent([*command, str(text)]) for text in texts]
    with open_store(place) as store:
        count = store.info().samples
    yield Figure("import, whole processes", 1000 * count / sum(one.wall for one in took), None, ">= 300,000", "/s")
    yield Figure("  by their CPU", 1000 * count / sum(one.cpu for one in took), None, "", "/s")
    yield Figure("on disk", Path(place).stat().st_size / count, None, "<= 30", "B/sample")
    real.fill(folder, texts)
    for name, conditions in (("one or ten series", narrow(RULES)), ("those and every fifth more", mixed(RULES))):
        yield from conditioned(folder, place, name, conditions, at)
    with real.serving(folder) as prometheus:
        for shape in MANY:
            one = [written((shape,), 3)]
            ours = best(partial(evaluated, place, one, at), 3)
            yield Figure(one[0], ours, best(partial(asked, prometheus, one, at), 3))


def conditioned(folder: Path, place: str, name: str, rules: Sequence[str], at: float) -> Iterator[Figure]:
    """One evaluation of all rules, in turn: a process of ours, the same process again, what Prometheus took last."""
    from tests.history.promql import prometheus as real

    with real.serving(folder, grouped(rules)) as prometheus:
        same(rules, evaluated(place, rules, at), asked(prometheus, rules, at))
        time.sleep(4)
        found = []
        for _ in range(12):
            start, whole = processes(place, rules, at)
            again = best(partial(evaluated, place, rules, at), 1)
            over_http = best(partial(asked, prometheus, rules, at), 1)
            found.append((*start, *whole, again, group(prometheus), over_http))
            time.sleep(1)
    *four, again, itself, over_http = map(min, zip(*found, strict=True))
    wall, cpu = four[2] - four[0], four[3] - four[1]
    yield Figure(f"{RULES} rules on {name}: a process beyond its start", wall, itself, "<= 150 ms, <= 2 x")
    yield Figure("  its CPU", cpu, itself)
    yield Figure("  again in the same process", again, itself)
    yield Figure("  a process, beside queries over HTTP", wall, over_http)


def year(folder: Path, days: float) -> Iterator[Figure]:
    """Days over a year of sixty series: of the hours that are kept after 35 days, and of samples kept for the year."""
    from dropmon.history.answer import data
    from dropmon.history.promql import evaluate_range
    from tests.history.promql.prometheus import running

    end = time.time() // DAY * DAY
    span = end - days * DAY + DAY, end, float(DAY)
    places = {"hours": Retention(), "samples": Retention(raw=400.0 * DAY)}
    for name, retention in places.items():
        with open_store(str(folder / f"{name}.db"), retention) as store:
            store.record(samples(60, days, end))
            store.prune(end)

    def ours(name: str, expression: str) -> Any:
        with open_store(str(folder / f"{name}.db"), places[name]) as store:
            return data(evaluate_range(expression, selecting(store), *span), end)

    with running(folder, samples(60, days, end)) as prometheus:
        theirs = [prometheus.query_range(each, *span) for each in YEAR]
        same(YEAR, [ours("samples", each) for each in YEAR], theirs)
        same(YEAR[:2], [ours("hours", each) for each in YEAR[:2]], theirs[:2])
        for each in YEAR:
            works = partial(prometheus.query_range, each, *span), *(partial(ours, name, each) for name in places)
            found = [[best(work, 1) for work in works] for _ in range(9)]  # in turn
            took, *mine = map(min, zip(*found, strict=True))
            for name, one in zip(places, mine, strict=True):
                yield Figure(f"{days:g} days of {each}, kept as {name}", one, took, "<= 1 x")


def table(figures: Sequence[Figure]) -> Table:
    keys = ("what", "ours", "prometheus", "ratio", "asked")
    columns = tuple(Column(key, key, right=key in {"ours", "prometheus", "ratio"}) for key in keys)
    return Table("promql", columns, [row(each) for each in figures])


def row(figure: Figure) -> dict[str, object]:
    """One line: what is not measured stays empty."""
    theirs = figure.prometheus
    return {
        "what": figure.what,
        "ours": f"{figure.ours:,.1f} {figure.unit}",
        "prometheus": f"{theirs:,.1f} {figure.unit}" if theirs else None,
        "ratio": f"{figure.ours / theirs:.2f}" if theirs else None,
        "asked": figure.asked or None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=30)
    parser.add_argument("--year", type=float, default=365)
    given = parser.parse_args()
    began = time.perf_counter()
    figures: list[Figure] = []
    for part, days in ((thousand, given.days), (year, given.year)):
        with tempfile.TemporaryDirectory() as name:
            figures += part(Path(name), days) if days else []
    print("".join(plain(table(figures))), f"in {time.perf_counter() - began:.0f} s", sep="\n")


if __name__ == "__main__":
    main()
