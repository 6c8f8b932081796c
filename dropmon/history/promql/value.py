"""What expressions are made of and come to: series, samples, and the labels they are known by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from dropmon.errors import DropmonError

if TYPE_CHECKING:
    from dropmon.storage.matcher import Matcher

Labels = tuple[tuple[str, str], ...]  # sorted by key; the name of a metric is the label __name__
Sample = tuple[Labels, float]

NAME = "__name__"
STALE = float("nan")  # known by its identity: at this moment the series is known to have ended


class PromqlError(DropmonError):
    """An expression that cannot be read or evaluated; `column` counts from 1, 0 is unknown."""

    def __init__(self, what: str, hint: str = "", column: int = 0) -> None:
        super().__init__(what, hint)
        self.column = column


class Series(NamedTuple):
    """The samples of one series, in the order of time."""

    labels: Labels
    times: Sequence[int]  # milliseconds since 1970, no two alike
    values: Sequence[float]
    stands: int = 0  # milliseconds that a sample stands for at least, because no other is due before


class Scalar(NamedTuple):
    """One number without labels."""

    value: float


class Text(NamedTuple):
    """A string literal."""

    value: str


class Vector(NamedTuple):
    """At most one number of each series, at one time. Only after `sort` and `topk` does the order mean anything."""

    samples: Sequence[Sample]


class Matrix(NamedTuple):
    """Numbers of series over time."""

    series: Sequence[Series]


Value = Scalar | Text | Vector | Matrix


class Select(Protocol):
    """The history, as a caller gives it. It may have more:

    `standing(matchers, start, end)`: as a call, but each series begins earlier by as much as its samples stand for
    more than usual: what was measured before `start` may still be the newest;
    `ordered`: whether series always come in the order of their labels;
    `sparse(matchers, ends, length, standing)`: the same of many windows at once, or None where they overlap;
    `aggregated(function, matchers, ends, length)`: see `dropmon.history.promql.pushed`.
    """

    def __call__(self, matchers: Sequence[Matcher], start: int, end: int) -> Iterable[Series]:
        """The series that every matcher accepts, with their samples of `start < time <= end` (milliseconds)."""


class Dropped(str):
    """A metric's name that goes when everything else is done (Prometheus' delayed name removal)."""

    __slots__ = ()


@lru_cache(maxsize=16_384)
def bare(labels: Labels) -> Labels:
    """Without the name.

    >>> bare((("__name__", "up"), ("job", "a")))
    (('job', 'a'),)
    """
    return tuple([pair for pair in labels if pair[0] != NAME])


def marked(labels: Labels) -> Labels:
    """With a name that will go."""
    return tuple([(NAME, Dropped(pair[1])) if pair[0] == NAME else pair for pair in labels])


def settled(labels: Labels) -> Labels:
    """Without a name that was to go."""
    return tuple([pair for pair in labels if type(pair[1]) is not Dropped])


def labelled(labels: Iterable[tuple[str, str]], /, **more: str) -> Labels:
    """Labels in their order, with some set anew; an empty one is none.

    >>> labelled([("b", "1"), ("a", "2")], c="3", b="")
    (('a', '2'), ('c', '3'))
    """
    return tuple(sorted((key, value) for key, value in ({**dict(labels), **more}).items() if value))


def shown(labels: Labels) -> str:
    """As PromQL writes it.

    >>> shown((("__name__", "up"), ("job", 'a"b'))), shown(())
    ('up{job="a\\\\"b"}', '{}')
    """
    name = dict(labels).get(NAME, "")
    pairs = ", ".join(f"{key}={_quoted(value)}" for key, value in labels if key != NAME)
    return f"{name}{{{pairs}}}" if pairs or not name else name


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
