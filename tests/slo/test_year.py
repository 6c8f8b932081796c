"""The numbers of a year, beside two other ways of counting them: one by one, and a real Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import pytest

from dropmon.flows.judge import history
from dropmon.flows.promises import stand
from dropmon.model import Sample
from dropmon.slo.standing import Standing
from dropmon.storage import Retention, open_store
from tests.history.promql.prometheus import Prometheus, running
from tests.slo import year
from tests.slo.year import END, PARIS

pytestmark = pytest.mark.slow

AUTUMN = datetime(2026, 10, 27, 9, 30, tzinfo=PARIS).timestamp()  # the clocks went back two days before
TIMES = (END, AUTUMN)


class Known(NamedTuple):
    """The year, and how the promises stand at some moments."""

    samples: list[Sample]
    stands: dict[float, dict[str, Standing]]
    hourly: dict[str, Standing]  # with the usual retention, at the end


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    folder = tmp_path_factory.mktemp("year")
    rules, samples = year.rules(folder), [*year.samples()]
    found = {}
    with open_store(str(folder / "whole.db"), Retention(raw=400 * 86400.0)) as store:
        store.record(samples)
        for at in TIMES:
            found[at] = {each.promise.name: each for each in stand(rules, store, history(rules, store), at)}
    with open_store(str(folder / "hours.db")) as store:
        store.record(samples)
        store.prune(END)
        hourly = {each.promise.name: each for each in stand(rules, store, history(rules, store), END)}
    return Known(samples, found, hourly)


def chosen(samples: Iterable[Sample], name: str, start: float, end: float, **labels: str) -> Iterator[Sample]:
    for one in samples:
        if one.name == name and start < one.time <= end and labels.items() <= dict(one.labels).items():
            yield one


def out(one: Sample, agreed: bool) -> bool:
    """Whether a sample was taken in maintenance, or in what was agreed upon, by the clock on the wall."""
    when = datetime.fromtimestamp(one.time, PARIS)
    nightly = dict(one.labels).get("check") == "storefront" and when.hour == 3 and when.minute < 30
    return nightly or (agreed and f"{when:%Y-%m-%d %H}" == "2026-11-20 10")


@pytest.mark.parametrize("at", TIMES)
@pytest.mark.parametrize(
    ("name", "metric", "labels", "agreed"),
    [
        ("uptime", "probe_success", {"check": "storefront"}, True),
        ("api-success", "probe_success", {"kind": "apis"}, False),
        ("whole-year", "probe_success", {"kind": "apis"}, False),
        ("week", "probe_success", {}, True),
        ("response-time", "probe_duration_seconds", {"kind": "apis"}, False),
    ],
)
def test_samples_are_counted_as_one_counts_them_by_hand(
    known: Known, at: float, name: str, metric: str, labels: dict[str, str], agreed: bool
) -> None:
    one = known.stands[at][name]
    values = [
        each.value for each in chosen(known.samples, metric, one.span.start, at, **labels) if not out(each, agreed)
    ]
    good = sum(value == 1 if metric == "probe_success" else value < 0.5 for value in values)
    assert [one.tally.good, one.tally.total] == [good, len(values)]


def increments(samples: Iterable[Sample], status: str) -> list[tuple[float, int]]:
    """By how much the counter grew at each sample."""
    own = [*chosen(samples, "function_requests_total", 0.0, END, status=status)]
    return [(b.time, int(b.value - a.value if b.value >= a.value else b.value)) for a, b in pairwise(own)]


def grown(found: Iterable[tuple[float, int]], start: float, end: float) -> int:
    return sum(more for time, more in found if start < time <= end)


@pytest.mark.parametrize("at", TIMES)
def test_counters_are_counted_over_their_resets(known: Known, at: float) -> None:
    one = known.stands[at]["error-rate"]
    error, ok = (grown(increments(known.samples, status), one.span.start, at) for status in ("error", "ok"))
    assert [one.tally.bad, one.tally.total] == [error, error + ok]


@pytest.mark.parametrize("at", TIMES)
def test_slices_are_counted_as_one_counts_them_by_hand(known: Known, at: float) -> None:
    one = known.stands[at]["sliced"]
    slices: dict[int, list[bool]] = {}
    for each in chosen(known.samples, "probe_duration_seconds", one.span.start, at, kind="apis"):
        slices.setdefault(-int(-each.time // 600), []).append(each.value < 0.5)
    good = sum(Fraction(sum(each), len(each)) >= Fraction(9, 10) for each in slices.values())
    assert [one.tally.good, one.tally.total] == [good, len(slices)]


@pytest.mark.parametrize("at", TIMES)
def test_growth_is_counted_in_slices(known: Known, at: float) -> None:
    one = known.stands[at]["errors-by-slice"]
    good = total = 0
    both = [[each for each in increments(known.samples, status) if at - 30 * 86400 < each[0] <= at]
            for status in ("error", "ok")]  # fmt: skip
    for end in range(int(one.span.start) // 3600 * 3600 + 3600, int(at) + 3600, 3600):
        span = max(end - 3600, one.span.start // 3600 * 3600), min(end, at)
        error, ok = (grown(each, *span) for each in both)
        total += bool(error + ok)
        good += bool(error + ok) and error * 1000 < error + ok
    assert [one.tally.good, one.tally.total] == [good, total]


def test_burn_rates_and_days_are_of_the_same_samples(known: Known) -> None:
    one = known.stands[END]["uptime"]
    for name, length in (("1h", 3600), ("6h", 21600), ("3d", 259200)):
        values = [each.value for each in chosen(known.samples, "probe_success", END - length, END, check="storefront")
                  if not out(each, True)]  # fmt: skip
        assert one.burns[name] == Fraction(values.count(0.0), len(values)) * 1000
    assert sum(day.tally.total for day in one.days[1:]) < one.tally.total < sum(day.tally.total for day in one.days) * 2
    assert len(one.days) == 30


def test_hours_tell_the_same_of_what_is_up_or_down(known: Known) -> None:
    whole = known.stands[END]
    for name in ("uptime", "api-success", "whole-year", "week", "error-rate"):
        assert known.hourly[name].tally[:2] == whole[name].tally[:2], name


def test_hours_know_other_limits_to_one_percent(known: Known) -> None:
    hourly, whole = known.hourly["slow-year"].tally, known.stands[END]["slow-year"].tally
    values = [each.value for each in chosen(known.samples, "probe_duration_seconds", 0.0, END, kind="apis")]
    near = sum(0.49 < value < 0.51 for value in values)
    assert hourly.total == whole.total
    assert abs(hourly.good - whole.good) <= near


def test_an_hour_of_which_some_is_left_out_is_left_out_whole(known: Known) -> None:
    begins = (END - Retention().raw) // 3600 * 3600  # samples are kept from here on
    start = known.hourly["storefront-year"].span.start
    values = [
        each.value
        for each in chosen(known.samples, "probe_success", start, END, check="storefront")
        if (not out(each, agreed=False) if each.time >= begins else datetime.fromtimestamp(each.time, PARIS).hour != 3)
    ]
    tally = known.hourly["storefront-year"].tally
    assert [tally.bad, tally.total] == [values.count(0.0), len(values)]


def test_coverage_is_the_share_of_the_time_that_was_measured(known: Known) -> None:
    found = known.stands[END]
    assert found["week"].tally.coverage == pytest.approx(1, abs=0.005)
    assert found["whole-year"].tally.coverage == pytest.approx(1 - (1.5 + 0.8 + 0.1) / 365, abs=0.003)
    assert found["uptime"].tally.coverage == pytest.approx(1 - 0.9 / 30, abs=0.005)


def test_what_was_left_out_is_said(known: Known) -> None:
    left = dict(known.stands[END]["uptime"].left_out)
    assert left == {"nightly backup": 30 * 1800.0, "the provider's outage": 3600.0}
    assert known.stands[END]["api-success"].left_out == []


@pytest.fixture(scope="module")
def prometheus(known: Known, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with running(tmp_path_factory.mktemp("prometheus"), known.samples) as found:
        yield found


def number(prometheus: Prometheus, expression: str, at: float) -> float:
    answer = prometheus.query(expression, at)
    assert isinstance(answer, dict), answer
    return float(answer["result"][0]["value"][1])


@pytest.mark.parametrize("at", TIMES)
def test_prometheus_counts_the_same(known: Known, prometheus: Prometheus, at: float) -> None:
    for name in ("api-success", "whole-year"):
        one = known.stands[at][name]
        length = f"{round(one.span.length)}s"
        selector = f'probe_success{{kind="apis"}}[{length}]'
        found = [number(prometheus, f"sum({each}_over_time({selector}))", at) for each in ("sum", "count")]
        assert [one.tally.good, one.tally.total] == found


@pytest.mark.parametrize("at", TIMES)
def test_prometheus_draws_out_what_is_counted_here(known: Known, prometheus: Prometheus, at: float) -> None:
    one = known.stands[at]["error-rate"]
    length = f"{round(one.span.length)}s"
    drawn = number(prometheus, f"sum(increase(function_requests_total[{length}]))", at)
    assert float(one.tally.total) == pytest.approx(drawn, rel=1e-4)
    steps = 'sum(count_over_time((avg(probe_duration_seconds{kind="apis"}) < 0.5)[7d:5m]))'
    assert known.stands[at]["steps"].tally.good == pytest.approx(number(prometheus, steps, at), abs=15)
