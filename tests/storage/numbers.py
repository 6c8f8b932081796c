"""Samples to try a store with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from dropmon.model import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

START = 1_795_388_400.0  # 2026-11-22T23:00:00Z, the beginning of an hour
HOUR = 3600.0
DAY = 86_400.0

CHECKS = [(("check", name), ("kind", "apis")) for name in ("Shopify", "Stripe", "Café «x»", 'a"b\\c\nd')]

# Whole milliseconds, out of order, often equal, negative too: a store keeps milliseconds.
times = st.integers(-3_600_000, 90_000_000).map(lambda ms: START + ms / 1000)
values = st.floats(width=64) | st.sampled_from([0.0, 1.0, -1.0, float("inf"), float("-inf"), float("nan")])
samples = st.builds(Sample, st.sampled_from(["up", "requests_total"]), st.sampled_from(CHECKS), times, values)


def every(seconds: float, count: int, name: str = "up", value: float = 1.0, series: int = 1) -> Iterator[Sample]:
    """So many samples of each of some series, one round after the other."""
    for place in range(count):
        for number in range(series):
            yield Sample(name, (("check", f"c{number}"),), START + place * seconds, value)
