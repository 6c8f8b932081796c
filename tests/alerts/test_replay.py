"""What would have been told is what was told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropmon.alerts.backtest import intervals
from dropmon.alerts.plan import plan
from dropmon.alerts.step import Step
from dropmon.flows import judge
from dropmon.flows.replay import replay
from dropmon.model import Sample
from dropmon.rules import Rules, load
from dropmon.storage import Store, open_store
from tests.alerts.play import START, labels

RULES = """
defaults: {every: 1m, fail_after: 1}
channels: {webhook: {url: "https://example.com"}}
metrics: {share: 100 * half, half: sum(busy) / sum(total)}
alerts:
  - {id: full, condition: share > 80, severity: high, channels: [webhook], for: 2m, throttle: 5m, unknown_after: 3m}
  - {id: down, condition: probe_success == 0, severity: high, channels: [webhook], remind_every: 10m}
  - {id: slow, condition: "avg_over_time(share[5m]) > 50", severity: low, channels: [webhook], depends_on: [full]}
"""
FIRST = int(START) // 60 * 60
SEEN = st.lists(st.tuples(st.sampled_from([0.0, 90.0, 60.0, None]), st.sampled_from([0.0, 1.0, None])), max_size=40)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text(RULES)
    return load(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stores")


def samples(seen: list[tuple[float | None, float | None]], number: int) -> Iterator[Sample]:
    at = FIRST + 60.0 * number
    share, well = seen[number]
    if share is not None:
        yield from (Sample("busy", (), at, share), Sample("total", (), at, 100.0))
    if well is not None:
        yield Sample("probe_success", labels(check="a"), at, well)


def lived(rules: Rules, store: Store, seen: list[tuple[float | None, float | None]]) -> Iterator[Step]:
    """As it was: each minute recorded and judged."""
    for number in range(len(seen)):
        store.record(samples(seen, number))
        at = FIRST + 60.0 * number
        yield judge.judge(rules, plan(rules), store, judge.history(rules, store), at).step


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(seen=SEEN.filter(bool))
def test_replaying_the_past_tells_what_it_told(
    rules: Rules, folder: Path, seen: list[tuple[float | None, float | None]]
) -> None:
    place = folder / f"{len(list(folder.iterdir()))}.db"
    with open_store(str(place)) as store:
        then = [(done.notifications, done.edges) for done in lived(rules, store, seen)]
        times = range(FIRST, FIRST + 60 * len(seen), 60)
        again = list(replay(rules, plan(rules), judge.history(rules, store), times))
    assert [(done.notifications, done.edges) for done in again] == then


def test_every_interval_and_every_notice_is_listed(rules: Rules, tmp_path: Path) -> None:
    seen: list[tuple[float | None, float | None]] = [(0.0, 1.0), *[(90.0, 0.0)] * 5, *[(0.0, 1.0)] * 4]
    with open_store(str(tmp_path / "x.db")) as store:
        for number in range(len(seen)):
            store.record(samples(seen, number))
        times = range(FIRST, FIRST + 60 * len(seen), 60)
        found = intervals(replay(rules, plan(rules), judge.history(rules, store), times))

    shown = [
        (one.rule, one.what, one.channel, (one.start - FIRST) / 60, one.end and (one.end - FIRST) / 60) for one in found
    ]
    assert shown == [
        ("down", "firing", "", 1, 6), ("down", "first", "webhook", 1, 1), ("full", "pending", "", 1, 3),
        ("slow", "firing", "", 2, 8), ("full", "firing", "", 3, 6), ("full", "first", "webhook", 3, 3),
        ("down", "resolved", "webhook", 6, 6), ("full", "resolved", "webhook", 6, 6),
        ("slow", "first", "webhook", 6, 6), ("slow", "resolved", "webhook", 8, 8),
    ]  # fmt: skip
