"""One SLO with everything said. Times in seconds. Pure."""

from __future__ import annotations

from typing import NamedTuple

from dropmon.slo.indicator import Indicator
from dropmon.slo.target import Target
from dropmon.slo.window import Window


class Slices(NamedTuple):
    """Time is cut into slices, each of which is good or bad, however many events it has."""

    length: float
    target: Target  # of the events of one slice


class Promise(NamedTuple):
    """What is promised, over which time, and who hears when it is about to be broken."""

    name: str
    target: Target
    indicator: Indicator
    window: Window = Window()
    slices: Slices | None = None
    min_events: int = 1
    min_bad_events: int = 2
    channels: tuple[str, ...] = ()
    runbook: str | None = None
    description: str = ""
    step: float = 300.0  # between two evaluations of an expression that is no selector
    exclude_maintenance: bool = True
