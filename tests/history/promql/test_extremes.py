"""Whatever is asked, there is an answer or a PromqlError."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from math import inf, nan
from pathlib import Path

import pytest

from dropmon.history.promql import PromqlError, evaluate, evaluate_range
from dropmon.history.selection import Selection
from dropmon.model import Sample
from dropmon.storage import open_store

AT = 1_795_420_800.0
VALUES = (nan, inf, -inf, 0.0, -0.0, 1e308, -1e308, 5e-324, 1e18, -2.5)
ODD = (
    "x offset 1000y", "x offset -1000y", "x[1000y]", "x @ 1e11", "x @ 1e12", "x @ -1e11", "rate(x[300y])",
    "avg_over_time(x[1000y] offset 1000y)", "sum_over_time(x[1h:1m] offset 500y)", "x[30d:1ms]", "x[30y:1d]",
    "predict_linear(x[1h], 1e308)", "predict_linear(x[1h], NaN)", "holt_winters(x[1h], 0, 0)", "round(x, 0)",
    "round(x, NaN)", "round(x, 1e-320)", "quantile(NaN, x)", "quantile_over_time(NaN, x[1h])", "topk(NaN, x)",
    "topk(Inf, x)", "topk(-Inf, x)", "bottomk(1e30, x)", 'count_values("", x)', 'count_values("v", x)',
    'label_replace(x, "", "", "", "")', 'label_replace(x, "a", "$1$2${q}$", "n", "(.*")', 'label_join(x, "", "-")',
    'label_replace(x, "a", "$1", "n", "(a+)+$")', "histogram_quantile(NaN, x)", "histogram_quantile(0.5, x)",
    'histogram_fraction(NaN, 0, label_replace(x, "le", "$1", "n", "(.*)"))',
    'histogram_quantile(0.5, label_replace(x, "le", "$1", "n", "(.*)"))', "clamp(x, 1, NaN)", "clamp(x, 5, 1)",
    "x ^ x", "x % x", "x / x", "x atan2 x", "2 ^ x", "x ^ -1", "0 ^ x", "(-x) ^ 0.5", "x % 0", "1e308 * x",
    "hour(x)", "year(x * 1e300)", "days_in_month(x)", "stddev(x)", "stdvar(x)", "avg(x)", "sum(x)", "scalar(x)",
    "deriv(x[1h])", "irate(x[1h])", "increase(x[1h])", "changes(x[1h])", "stddev_over_time(x[1h])", "sort(x)",
    "min(x) - max(x)", "vector(NaN)[1h:5m]", "exp(x)", "ln(x)", "sinh(x)", "atanh(x)", "floor(x)", "ceil(x)", "sgn(x)",
    "timestamp(x)", "absent(x)", "absent_over_time(x[1s] offset 5y)", "-x", "group(x) by (n)", "x == x", "x > bool x",
    "tan(x)", "sqrt(x)", "acosh(x)", "deg(x)", "cosh(x)", "log2(x)", "log10(x)", "asin(x)",
)  # fmt: skip


@pytest.fixture(scope="module")
def selection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Selection]:
    folder: Path = tmp_path_factory.mktemp("extremes")
    with open_store(str(folder / "h.db")) as store:
        store.record(
            Sample("x", (("n", str(number)),), AT - back * 60, value)
            for number in range(len(VALUES))
            for back, value in enumerate(VALUES[number:] + VALUES[:number])
        )
        yield Selection(store)


@pytest.mark.parametrize("expression", ODD)
def test_there_is_an_answer_or_an_error(selection: Selection, expression: str) -> None:
    for at in (AT, -1e10, 1e11):
        with suppress(PromqlError):
            evaluate(expression, selection, at)
    with suppress(PromqlError):
        evaluate_range(expression, selection, AT - 300, AT, 100)


@pytest.mark.parametrize("expression", ["x[30d:1ms]", "holt_winters(x[1h], 0, 0)", "topk(NaN, x)", "bottomk(1e30, x)"])
def test_what_cannot_be_answered_says_so(selection: Selection, expression: str) -> None:
    with pytest.raises(PromqlError):
        evaluate(expression, selection, AT)
