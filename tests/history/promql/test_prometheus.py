"""What a real Prometheus says of the same samples.

Debian's is 2.42, whose ranges are closed on the left: no sample lies on an edge here.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from random import Random
from typing import Any

import pytest

from dropmon.history.answer import data
from dropmon.history.promql import PromqlError, evaluate, evaluate_range
from dropmon.history.selection import Selection
from dropmon.model import Sample
from dropmon.storage import open_store
from tests.history.promql.generated import vector
from tests.history.promql.prometheus import Prometheus, running

AT = 1_795_420_800.123
EXPRESSIONS = 1500


def samples() -> Iterator[Sample]:
    """Gauges, counters with resets and a histogram; one series has gaps, one ends, one begins late."""
    chance = Random(5)
    for job, instance in (("a", "i1"), ("a", "i2"), ("b", "i1"), ("b", "i3")):
        counted, labels = 5000.0 + chance.random() * 1000, (("instance", instance), ("job", job))
        buckets = [100.0, 300.0, 400.0, 450.0]
        for minute in range(300):
            at = round(AT) - (300 - minute) * 60 + 7.5 + chance.random()
            counted = 4000.0 + chance.random() if chance.random() < 0.02 else counted + chance.random() * 90
            grown = sorted(chance.random() * 9 for _ in buckets)
            buckets = [count + more for count, more in zip(buckets, grown, strict=True)]
            gap = (instance == "i3" and minute % 50 > 35) or (instance == "i2" and minute > 270)
            if gap or (job == "b" and minute < 100):
                continue
            yield Sample("counter", labels, at, counted)
            yield Sample("gauge", labels, at, chance.choice((chance.gauss(10, 8), float(chance.randrange(-3, 40)))))
            for bound, count in zip(("0.1", "0.5", "1", "+Inf"), buckets, strict=True):
                yield Sample("latency_bucket", tuple(sorted((*labels, ("le", bound)))), at, count)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Prometheus, Selection]]:
    folder = tmp_path_factory.mktemp("prometheus")
    made = list(samples())
    with running(folder, made) as prometheus, open_store(str(folder / "h.db")) as store:
        store.record(made)
        yield prometheus, Selection(store)


def near(ours: str, theirs: str) -> bool:
    """Equal but for rounding, which sums and trends of near numbers magnify."""
    a, b = float(ours), float(theirs)
    return a == b or (isnan(a) and isnan(b)) or abs(a - b) <= 1e-6 * max(abs(a), abs(b)) or abs(a - b) < 1e-9


def difference(ours: Any, theirs: Any, ties: bool) -> str:
    """What differs between two answers; which of equal samples `topk` takes is nobody's promise."""
    if isinstance(ours, str) or isinstance(theirs, str):
        return "" if isinstance(ours, str) and isinstance(theirs, str) else f"{ours} / {theirs}"
    found: list[dict[Any, Any]] = [
        {tuple(sorted(one["metric"].items())): points(one) for one in each["result"]} for each in (ours, theirs)
    ]
    if ties:
        found = [dict(enumerate(sorted(each.values(), key=str))) for each in found]
    if found[0].keys() != found[1].keys():
        return f"{found[0]} / {found[1]}"
    for labels, mine in found[0].items():
        other = found[1][labels]
        same = len(mine) == len(other)
        if not same or not all(t == u and near(v, w) for (t, v), (u, w) in zip(mine, other, strict=True)):
            return f"{labels}: {mine} / {other}"
    return ""


def points(one: dict[str, Any]) -> list[tuple[float, str]]:
    return [(round(time, 3), value) for time, value in one.get("values", [one.get("value")])]


def asked(expression: str, selection: Selection, at: float) -> Any:
    try:
        return data(evaluate(expression, selection, at), at)
    except PromqlError as error:
        return error.what


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_generated_expressions_come_to_the_same(both: tuple[Prometheus, Selection], seed: int) -> None:
    prometheus, selection = both
    chance = Random(seed)
    wrong = []
    for _ in range(EXPRESSIONS // 3):
        expression = vector(chance, chance.choice((1, 2, 2, 3)))
        ours, theirs = asked(expression, selection, AT), prometheus.query(expression, AT)
        if why := difference(ours, theirs, "topk" in expression or "bottomk" in expression):
            wrong.append(f"{expression}: {why}"[:600])
    assert wrong == []


@pytest.mark.slow
def test_generated_ranges_come_to_the_same(both: tuple[Prometheus, Selection]) -> None:
    prometheus, selection = both
    chance = Random(9)
    wrong = []
    for _ in range(150):
        expression = vector(chance, chance.choice((1, 2)))
        ties = "topk" in expression or "bottomk" in expression
        theirs = prometheus.query_range(expression, AT - 7200, AT, 600)
        if not ties and (why := difference(ranged(expression, selection), theirs, ties)):
            wrong.append(f"{expression}: {why}"[:600])
    assert wrong == []


def ranged(expression: str, selection: Selection) -> Any:
    try:
        return data(evaluate_range(expression, selection, AT - 7200, AT, 600), AT)
    except PromqlError as error:
        return error.what
