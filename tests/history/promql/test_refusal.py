"""What is refused, with which words, and at which column."""

from __future__ import annotations

import pytest

from dropmon.history.promql import PromqlError, evaluate, refused
from dropmon.history.promql.reading import read
from dropmon.history.promql.tree import Selector


def nothing(matchers: object, start: int, end: int) -> list[object]:
    return []


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ("limitk(2, x)", "limitk()"),
        ("limit_ratio(0.1, x)", "limit_ratio()"),
        ("1 + sum(info(x))", "info()"),
        ("step()", "step()"),
        ("min_of(1, 2)", "min_of()"),
        ("mad_over_time(x[5m])", "mad_over_time()"),
        ("ts_of_max_over_time(x[5m])", "ts_of_max_over_time()"),
        ("double_exponential_smoothing(x[5m], 0.1, 0.1)", "double_exponential_smoothing()"),
        ('sort_by_label(x, "a")', "sort_by_label()"),
        ("histogram_count(x)", "histogram_count()"),
        ("histogram_avg(x)", "histogram_avg()"),
        ("a + fill(0) b", "fill()"),
        ('x{a="b" or c="d"}', "`or` between label matchers"),
    ],
)
def test_what_is_not_supported_is_refused_by_its_name(expression: str, named: str) -> None:
    assert str(refused(expression)).startswith(f"{named} is not supported: ")
    with pytest.raises(PromqlError):
        evaluate(expression, nothing, 0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expression", "column"),
    [
        ("up +", 5),
        ("sum(x", 6),
        ("sum(x))", 7),
        ("x{a=}", 5),
        ('x{a="b" c="d"}', 9),
        ("x[5z]", 3),
        ("x[5m", 5),
        ("1 + nosuch(x)", 5),
        ("rate(up[5m]) and rate(up)", 18),
        ("x @ foo", 5),
        ("sum by job (x)", 8),
        ("a ? b", 3),
        ('"abc', 1),
        ("", 1),
        ("foo bar", 5),
        ("x[5m] smoothed", 7),
        ("sum(x) by (a) by (b)", 15),
        ("a unless on(b", 14),
        ("up offset", 10),
    ],
)
def test_an_error_points_to_its_column(expression: str, column: int) -> None:
    assert str(refused(expression)).startswith(f"not PromQL: column {column}: ")


@pytest.mark.parametrize("pattern", ["[[:alpha:]]", r"\\pL", "a(?=b)", r"(a)\\1", "a++"])
def test_a_pattern_that_python_reads_differently_is_refused(pattern: str) -> None:
    assert refused(f'x{{a=~"{pattern}"}}')


@pytest.mark.slow
def test_an_expression_of_any_length_is_read_or_refused() -> None:
    assert "longer than" in str(refused("1" + "+1" * 3000))
    assert "longer than" in str(refused("(" * 5000))
    assert "in one another" in str(refused("1" + "+1" * 2000))
    assert "in one another" in str(refused("-" * 2000 + "x"))
    assert refused("1" + "+1" * 149) is None
    assert evaluate("1" + "+1" * 149, nothing, 0) == (150.0,)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "at"),
    [("12.5", 12_500), ("-0.25", -250), ("0", 0), ("-86400", -86_400_000), ("1e12", 10**15), ("1.0005", 1001)],
)
def test_a_fixed_time_is_read_to_the_millisecond(written: str, at: int) -> None:
    node = read(f"x @ {written}")
    assert isinstance(node, Selector)
    assert node.at == at
