"""Operators between two vectors: which samples belong together, and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dropmon.history.promql.value import NAME, Labels, PromqlError, Sample, bare, labelled, shown

if TYPE_CHECKING:
    from dropmon.history.promql.tree import Matching

Signature = Callable[[Labels], tuple[object, ...]]
Work = Callable[[float, float], "float | None"]  # None: left out
Vector = Sequence[Sample]


def signature(matching: Matching) -> Signature:
    """What samples that belong together have in common."""
    known: dict[Labels, tuple[object, ...]] = {}

    def of(labels: Labels) -> tuple[object, ...]:
        found = known.get(labels)
        if found is None:
            found = known[labels] = _signature(matching, labels)
        return found

    return of


def _signature(matching: Matching, labels: Labels) -> tuple[object, ...]:
    if matching.on:
        have = dict(labels)
        return tuple([have.get(name, "") for name in matching.labels])
    return tuple([pair for pair in labels if pair[0] != NAME and pair[0] not in matching.labels])


def both(left: Vector, right: Vector, of: Signature) -> list[Sample]:
    """`and`: what has a counterpart on the right."""
    there = {of(labels) for labels, _ in right}
    return [sample for sample in left if of(sample[0]) in there]


def either(left: Vector, right: Vector, of: Signature) -> list[Sample]:
    """`or`: the left, and what of the right has no counterpart there."""
    there = {of(labels) for labels, _ in left}
    return [*left, *(sample for sample in right if of(sample[0]) not in there)]


def unless(left: Vector, right: Vector, of: Signature) -> list[Sample]:
    """`unless`: what has no counterpart on the right."""
    there = {of(labels) for labels, _ in right}
    return [sample for sample in left if of(sample[0]) not in there]


SETS: dict[str, Callable[[Vector, Vector, Signature], list[Sample]]] = {"and": both, "or": either, "unless": unless}


class Join:
    """Pairs the samples of two vectors, one to one or many to one.

    Source: `VectorBinop` of Prometheus 3 (promql/engine.go). Two candidates for one counterpart are an error, also
    where a comparison leaves them out afterwards.
    """

    def __init__(self, matching: Matching, work: Work, named: Callable[[Labels], Labels]) -> None:
        self.matching = matching
        self.work = work
        self.named = named  # what becomes of the labels of the many side, or of the left: their name goes, or stays
        self.of = signature(matching)

    def __call__(self, left: Vector, right: Vector) -> list[Sample]:
        """What the operator makes of each pair. PromqlError when it is not clear which belong together."""
        if not left or not right:
            return []
        swapped = self.matching.many == "right"
        many, one = (right, left) if swapped else (left, right)
        partners = self._partners(one, "left" if swapped else "right")
        out, taken = [], set()
        for labels, value in many:
            key = self.of(labels)
            partner = partners.get(key)
            if partner is None:
                continue
            result = self._labels(labels, partner[0])
            place = (key, result) if self.matching.many else key
            if place in taken:
                raise PromqlError(*self._ambiguous())
            taken.add(place)
            number = self.work(partner[1], value) if swapped else self.work(value, partner[1])
            if number is not None:
                out.append((result, number))
        return out

    def _partners(self, one: Vector, side: str) -> dict[tuple[object, ...], Sample]:
        partners: dict[tuple[object, ...], Sample] = {}
        for sample in one:
            other = partners.setdefault(self.of(sample[0]), sample)
            if other is not sample:
                first, second = sorted((shown(other[0]), shown(sample[0])))
                raise PromqlError(
                    f"found duplicate series for the match group {self._group(sample[0])} on the {side} hand-side of "
                    f"the operation: [{first}, {second}];many-to-many matching not allowed: matching labels must be "
                    "unique on one side",
                    "name the labels that belong together with on() or ignoring(), or aggregate that side",
                )
        return partners

    def _group(self, labels: Labels) -> str:
        if self.matching.on:
            return shown(tuple(pair for pair in labels if pair[0] in self.matching.labels))
        return shown(tuple(pair for pair in bare(labels) if pair[0] not in self.matching.labels))

    def _ambiguous(self) -> tuple[str, str]:
        if self.matching.many:
            what = "grouping labels must ensure unique matches"
            return f"multiple matches for labels: {what}", "name more labels in group_left() or group_right()"
        what = "many-to-one matching must be explicit (group_left/group_right)"
        return f"multiple matches for labels: {what}", "say group_left or group_right, or aggregate the side of many"

    def _labels(self, labels: Labels, other: Labels) -> Labels:
        kept = self.named(labels)
        matching = self.matching
        if not matching.many:
            if matching.on:
                return tuple([pair for pair in kept if pair[0] in matching.labels])
            return tuple([pair for pair in kept if pair[0] not in matching.labels]) if matching.labels else kept
        if not matching.include:
            return kept
        have = dict(other)
        return labelled(kept, **{name: have.get(name, "") for name in matching.include})


def comparing(work: Callable[[float, float], bool], boolean: bool) -> Work:
    """A comparison: 0 or 1, or else the left number where it holds."""
    if boolean:
        return lambda left, right: 1.0 if work(left, right) else 0.0
    return lambda left, right: left if work(left, right) else None
