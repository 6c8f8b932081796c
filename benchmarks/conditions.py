"""What the PromQL benchmark asks: samples of counters and gauges, and conditions of alerts as users write them."""

from __future__ import annotations

import random
from collections.abc import Iterator

from dropmon.model import Sample

DAY = 86_400
EVERY = 300

ONE_OR_TEN = (
    'avg_over_time(temperature{{instance="i-{even}"}}[1h]) > 55',
    'rate(requests_total{{instance="i-{odd}"}}[15m]) > 0.025',
    'temperature{{instance=~"i-{n}."}} > 70',
    'max_over_time(temperature{{instance="i-{even}"}}[1d]) > 83',
    'increase(requests_total{{instance=~"i-{n}[0-9]"}}[1h]) > 75',
    'sum(rate(requests_total{{group="g-{odd_digit}",instance=~"i-.{digit}."}}[15m])) > 0.18',
    'temperature{{instance="i-{even}"}} / on() group_left() temperature{{instance="i-0"}} > 1.4',
    'absent(temperature{{instance="i-{even}"}})',
    'predict_linear(temperature{{instance="i-{even}"}}[6h], 3600) > 60',
    'temperature{{instance="i-{even}"}} > 55 and temperature{{instance="i-{even}"}} offset 1h > 55',
)
MANY = (
    "temperature > {high}",
    "rate(requests_total[1h]) > 0.02{digit}",
    "avg_over_time(temperature[1h]) > 5{digit}",
    "sum by (group) (rate(requests_total[15m])) > 0.{high}",
    "avg by (group) (temperature) > 5{digit}",
    'increase(requests_total{{group=~"g-[1{odd_digit}]"}}[1h]) > {high}',
    'max_over_time(temperature{{group="g-{even_digit}"}}[6h]) > {high}',
    'count(temperature{{group!="g-{even_digit}"}} > 60) / count(temperature) > 0.1{digit}',
    'rate(requests_total{{instance=~"i-{digit}.*"}}[30m]) > 0.02{digit}',
    "topk(5, avg_over_time(temperature[1h])) > 5{digit}",
    'quantile(0.95, temperature{{instance!~"i-{digit}.."}}) > {high}',
    "sum(increase(requests_total[1h])) < 3{digit}000",
)


def samples(count: int, days: float, end: float) -> Iterator[Sample]:
    """Counters and gauges in turn, in ten groups, every five minutes; the same whenever they are asked for.

    None lies on the edge of a minute: there the ranges of Prometheus 2 and 3 differ.
    """
    chance = random.Random(1)
    for number in range(count):
        labels = ("group", f"g-{number % 10}"), ("instance", f"i-{number}")
        counts, value = number % 2 == 1, 0.0
        for back in range(int(days * DAY / EVERY), 0, -1):
            value = value + chance.random() * 10 if counts else chance.gauss(50, 10)
            if counts and chance.random() < 0.0005:
                value = 0.0
            yield Sample(
                "requests_total" if counts else "temperature", labels, end - back * EVERY + number % 59 + 1, value
            )


def narrow(count: int) -> list[str]:
    """Conditions on one series or on ten of the thousand, as of a rule for each instance."""
    return [written(ONE_OR_TEN, n) for n in range(count)]


def mixed(count: int) -> list[str]:
    """The same, and every fifth on a hundred series to all five hundred of a name."""
    return [written(MANY, n // 5) if n % 5 == 4 else written(ONE_OR_TEN, n - n // 5) for n in range(count)]


def written(shapes: tuple[str, ...], n: int) -> str:
    """One of the shapes, about other series than its neighbours.

    >>> written(("a{{b='{even}'}}", "c"), 2)
    "a{b='12'}"
    """
    even, digit = n * 6 % 1000, n % 9
    words = {"n": n % 100, "digit": digit, "odd_digit": n % 5 * 2 + 1, "even_digit": n % 5 * 2, "high": 70 + n % 20}
    return shapes[n % len(shapes)].format(even=even, odd=even + 1, **words)
