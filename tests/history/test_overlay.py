from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dropmon.history.overlay import Overlay
from dropmon.history.promql import Vector, evaluate
from dropmon.history.selection import Selection
from dropmon.model import Sample
from dropmon.storage import open_store

NOW = 1_795_400_000.0
A, B = (("s", "a"),), (("s", "b"),)


@pytest.fixture
def over(tmp_path: Path) -> Iterator[Overlay]:
    """Minutes of a raw metric, and of a worked-out one of which series b is not worked out any more."""
    with open_store(str(tmp_path / "x.db")) as store:
        for name in ("raw", "made"):
            store.record(
                Sample(name, labels, NOW - 60 * back, float(back)) for labels in (A, B) for back in range(1, 5)
            )
        overlay = Overlay(Selection(store), ["made", "new"], round(NOW * 1000))
        overlay.add([Sample("made", A, NOW, 100.0), Sample("new", A, NOW, 7.0)])
        yield overlay


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("raw", {A: 1, B: 1}),
        ("made", {A: 100}),
        ("new", {A: 7}),
        ('{__name__=~"raw|.*w", s="b"}', {B: 1}),
        ("count_over_time(made[10m])", {A: 5, B: 4}),
        ("max_over_time(raw[10m])", {A: 4, B: 4}),
        ("sum_over_time(made[3m])", {A: 103, B: 3}),
        ("made offset 1m", {A: 1, B: 1}),
        ("last_over_time(made[10m])", {A: 100, B: 1}),
        ("made + new", {A: 107}),
    ],
)
def test_what_is_worked_out_now_stands_in_for_what_was_recorded(
    over: Overlay, expression: str, found: dict[tuple[tuple[str, str], ...], float]
) -> None:
    value = evaluate(expression, over, NOW)
    assert isinstance(value, Vector)
    shown = {tuple(pair for pair in labels if pair[0] != "__name__"): number for labels, number in value.samples}
    assert shown == found
