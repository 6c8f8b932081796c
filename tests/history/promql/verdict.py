"""Whether an evaluation comes to what a script expects."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dropmon.history.promql import (
    Labels,
    Matrix,
    PromqlError,
    Refused,
    Scalar,
    Text,
    Value,
    Vector,
    evaluate,
    evaluate_range,
)  # fmt: skip
from tests.history.promql.script import Case, Native, equal, seconds, sequence, series_of

Expected = dict[Labels, list[float | str | None]]


def verdict(case: Case, delayed: bool) -> str:
    """'equal', 'native', 'experimental', or 'error: …' and 'differs: …'. `delayed`: names go at the end of all."""
    if any("{{" in line for line in case.expected):
        return "native"
    failing = any(flag.split()[0] == "fail" for flag in case.flags)
    try:
        difference = compared(case, delayed)
    except Native:
        return "native"
    except Refused as error:
        if "experimental" in error.what or "native" in error.what:
            return "experimental" if "experimental" in error.what else "native"
        return f"error: {error.what}"
    except PromqlError as error:
        return "equal" if failing else f"error: {error.what}"
    if failing:
        return "differs: it should fail"
    return f"differs: {difference}" if difference else "equal"


def compared(case: Case, delayed: bool) -> str:
    """What differs; nothing if nothing does."""
    if case.span:
        start, end, step = case.span
        actual: Value = evaluate_range(case.expression, case.history, start, end, step, delayed_names=delayed)
        return matrix(actual, wanted(case.expected), start, step)
    actual = evaluate(case.expression, case.history, case.at, delayed_names=delayed)
    ranged = next((flag for flag in case.flags if flag.startswith("range vector")), None)
    if ranged:
        words = ranged.split()  # range vector from A to B step S
        return matrix(actual, wanted(case.expected), seconds(words[3]), seconds(words[7]))
    if isinstance(actual, Text):
        return text(actual, case)
    if isinstance(actual, Scalar):
        (line,) = case.expected
        return "" if equal(actual.value, float(line)) else f"{actual.value} is not {line}"
    assert isinstance(actual, Vector)
    return vector(actual, case) or again(case, delayed)


def again(case: Case, delayed: bool) -> str:
    """The same in the middle of a range, as Prometheus' own runner asks it."""
    if case.flags & {"ordered"}:
        return ""
    found = evaluate_range(case.expression, case.history, case.at - 60, case.at + 60, 60, delayed_names=delayed)
    middle = round(case.at * 1000)
    samples = [
        (each.labels, value)
        for each in found.series
        for time, value in zip(each.times, each.values, strict=True)
        if time == middle
    ]
    if "start()" in case.expression or "end()" in case.expression:
        return ""
    return vector(Vector(samples), case) and "in a range: " + vector(Vector(samples), case)


def wanted(lines: Sequence[str]) -> Expected:
    found: Expected = {}
    for line in lines:
        labels, rest = series_of(line)
        found[labels] = list(sequence(rest))
    return found


def vector(actual: Vector, case: Case) -> str:
    expected = wanted(case.expected)
    samples = dict(actual.samples)
    if samples.keys() != expected.keys():
        return f"{sorted(samples.items())} is not {sorted(expected.items())}"
    for labels, (value, *_) in expected.items():
        if not equal(samples[labels], float(str(value))):
            return f"{labels}: {samples[labels]} is not {value}"
    if "ordered" in case.flags and [labels for labels, _ in actual.samples] != list(expected):
        return f"{actual.samples} is in another order"
    return ""


def matrix(actual: Value, expected: Expected, start: float, step: float) -> str:
    assert isinstance(actual, Matrix)
    found = {each.labels: dict(zip(each.times, each.values, strict=True)) for each in actual.series}
    points = {
        labels: {round((start + n * step) * 1000): value for n, value in enumerate(values) if value is not None}
        for labels, values in expected.items()
    }
    points = {labels: values for labels, values in points.items() if values}
    if found.keys() != points.keys():
        return f"{found} is not {points}"
    for labels, values in points.items():
        same = found[labels].keys() == values.keys()
        if not same or not all(equal(found[labels][time], float(str(value))) for time, value in values.items()):
            return f"{labels}: {found[labels]} is not {values}"
    return ""


def text(actual: Text, case: Case) -> str:
    quoted = next((flag.removeprefix("string ") for flag in case.flags if flag.startswith("string ")), "")
    return "" if re.fullmatch(r'(["`])(.*)\1', quoted) and quoted[1:-1] == actual.value else f"{actual} is not {quoted}"
