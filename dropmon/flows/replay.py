"""Replay: what the rules would have told of the past, read in pieces so that a month fits in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from dropmon.alerts import backtest, recording
from dropmon.alerts.condition import Answer, Vector, ask, remembered
from dropmon.flows.judge import uses
from dropmon.history.overlay import Overlay
from dropmon.history.promql import STALE, Matrix, evaluate_range
from dropmon.model import Sample

if TYPE_CHECKING:
    from dropmon.alerts.rule import Labels, Plan
    from dropmon.alerts.silence import Silence
    from dropmon.alerts.step import Step
    from dropmon.history.promql import Select
    from dropmon.rules import Rules

PIECE = 288  # evaluations that are read at once: a day of five minutes each


def replay(
    rules: Rules, plan: Plan, select: Select, times: range, silences: tuple[Silence, ...] = ()
) -> Iterator[Step]:  # fmt: skip
    """The steps of evaluations at these times, in whole seconds since 1970, from nothing remembered."""
    names = recording.order(rules.metrics, uses)
    over = Overlay(select, names, times.start * 1000)
    running = Running(rules.metrics)
    answers: dict[float, Mapping[str, Answer]] = {}

    def at(time: float) -> Mapping[str, Answer]:
        if time not in answers:
            answers.clear()
            piece = range(int(time), min(int(time) + PIECE * times.step, times.stop), times.step)
            running.work_out(names, over, piece)
            query = remembered(Ranged(over, piece))
            for each in piece:
                answers[each] = {rule.id: ask(rule.condition, query, each) for rule in plan.rules if rule.enabled}
        return answers[time]

    return backtest.replay(plan, at, map(float, times), silences)


class Ranged:
    """Answers for single times out of ranges: one pass over the history for all of them."""

    def __init__(self, select: Select, times: range) -> None:
        self._select = select
        self._times = times
        self._found: dict[str, dict[int, Vector]] = {}

    def __call__(self, expression: str, at: float) -> Vector:
        if expression not in self._found:
            self._found[expression] = by_time(values(expression, self._select, self._times))
        return self._found[expression].get(round(at * 1000), [])


class Running:
    """`metrics:` worked out piece by piece; a series that comes to nothing has ended."""

    def __init__(self, metrics: Mapping[str, str]) -> None:
        self._metrics = metrics
        self._alive: dict[str, set[Labels]] = {}

    def work_out(self, names: list[str], over: Overlay, times: range) -> None:
        """Adds the samples of these times, each name after those that it reads."""
        for name in names:
            over.add(self._samples(name, by_time(values(self._metrics[name], over, times)), times))

    def _samples(self, name: str, found: Mapping[int, Vector], times: range) -> Iterator[Sample]:
        alive = self._alive.setdefault(name, set())
        for time in times:
            now = dict(found.get(time * 1000, []))
            for labels in alive - now.keys():
                yield Sample(name, labels, time, STALE)
            for labels, value in now.items():
                yield Sample(name, labels, time, value)
            alive = set(now)
        self._alive[name] = alive


def values(expression: str, select: Select, times: range) -> Matrix:
    return evaluate_range(expression, select, times[0], times[-1], times.step)


def by_time(matrix: Matrix) -> dict[int, Vector]:
    """What a range holds at each time, in milliseconds; labels come without the metric's name."""
    found: dict[int, Vector] = {}
    for series in matrix.series:
        labels = tuple(pair for pair in series.labels if pair[0] != "__name__")
        for time, value in zip(series.times, series.values, strict=True):
            found.setdefault(time, []).append((labels, value))
    return found
