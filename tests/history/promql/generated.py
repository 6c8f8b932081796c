"""Expressions of every kind, by chance: what a real Prometheus is asked too.

Left out is what Prometheus 2.42 and 3 answer differently: names after atan2, stddev of what is no number, matches that
are ambiguous and filtered out, edges of a subquery in another, how far a rate reaches back where a counter was nearly
zero; and dates of NaN, which Go leaves to the processor.
"""

from __future__ import annotations

from random import Random

SELECTORS = ("gauge", "counter", 'gauge{job="a"}', 'counter{instance=~"i[12]"}', '{__name__="gauge",job!="b"}')
RANGES = ("4m", "10m", "1h", "25m")
WINDOWS = (
    "rate", "increase", "delta", "irate", "idelta", "deriv", "changes", "resets", "avg_over_time", "min_over_time",
    "max_over_time", "sum_over_time", "count_over_time", "stddev_over_time", "stdvar_over_time", "last_over_time",
    "present_over_time",
)  # fmt: skip
MAPS = (
    "abs", "ceil", "floor", "exp", "sqrt", "ln", "log2", "log10", "round", "sgn", "sin", "cos", "tan", "atan", "tanh",
    "deg", "rad", "timestamp", "asinh", "sinh", "cosh", "acos", "asin", "acosh", "atanh",
)  # fmt: skip
DATES = ("day_of_week", "hour", "minute", "month", "year", "days_in_month", "day_of_month", "day_of_year")
AGGREGATIONS = ("sum", "avg", "min", "max", "count", "group")
SPREADS = ("stddev", "stdvar")
GROUPINGS = ("", " by (job)", " without (instance)", " by (job, instance)", " by (nosuch)")
OPERATORS = ("+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<=")
COMPARISONS = {"==", "!=", ">", "<", ">=", "<="}


def vector(chance: Random, depth: int) -> str:
    """An expression of samples."""
    if depth <= 0:
        return chance.choice(SELECTORS) + chance.choice(("", "", "", " offset 7m", " offset -3m", " @ 1795410010"))
    make = chance.choice((window, window, mapped, aggregated, aggregated, joined, with_number, special, combined))
    return make(chance, depth - 1)


def window(chance: Random, depth: int) -> str:
    span = chance.choice(RANGES)
    if chance.random() < 0.25:
        within = vector(chance, depth)
        within = within if ":" not in within else "-gauge"
        inner = f"({within})[{span}:{chance.choice(('1m', '2m', '90s'))}]"
    else:
        inner = f"{chance.choice(SELECTORS)}[{span}]" + chance.choice(("", "", " offset 11m"))
    other = chance.random()
    if other < 0.1:
        return f"quantile_over_time({chance.choice(('0.3', '0.9', '1', '-1'))}, {inner})"
    if other < 0.2:
        return f"predict_linear({inner}, {chance.choice(('600', '3600', '-60'))})"
    if other < 0.3:
        return f"holt_winters({inner}, 0.3, 0.6)"
    if other < 0.35:
        return f"absent_over_time({inner})"
    function = chance.choice(WINDOWS)
    if function in {"rate", "increase"}:
        inner = f"counter[{span}]" + chance.choice(("", " offset 11m"))
    return f"{function}({inner})"


def mapped(chance: Random, depth: int) -> str:
    if chance.random() < 0.2:
        return f"{chance.choice(DATES)}({chance.choice(SELECTORS)} * 98765)"
    return f"{chance.choice(MAPS)}({vector(chance, depth)})"


def aggregated(chance: Random, depth: int) -> str:
    grouping, inner = chance.choice(GROUPINGS), vector(chance, depth)
    other = chance.random()
    if other < 0.15:
        return f"quantile{grouping}({chance.choice(('0.5', '0.25', '2'))}, {inner})"
    if other < 0.3:
        return f"{chance.choice(('topk', 'bottomk'))}{grouping}({chance.choice('123')}, {inner})"
    if other < 0.4:
        return f'count_values{grouping}("v", round({inner}))'
    if other < 0.5:
        return f"{chance.choice(SPREADS)}{grouping}({chance.choice(SELECTORS)})"
    return f"{chance.choice(AGGREGATIONS)}{grouping}({inner})"


def joined(chance: Random, depth: int) -> str:
    operator = chance.choice(OPERATORS)
    boolean = " bool" if operator in COMPARISONS else ""
    left, right = vector(chance, depth), vector(chance, depth)
    matching = chance.choice((
        " ", " ignoring (job) ", " on (instance) ", " on (instance) group_left ", " on (instance) group_right (job) ",
    ))  # fmt: skip
    return f"({left} {operator}{boolean}{matching}{right})"


def with_number(chance: Random, depth: int) -> str:
    operator = chance.choice(OPERATORS)
    boolean = " bool" if operator in COMPARISONS and chance.random() < 0.5 else ""
    number = chance.choice(("2", "0", "-1.5", "time()", "scalar(gauge{instance='i1'})", "Inf", "NaN", "0.5"))
    sides = [vector(chance, depth), number]
    chance.shuffle(sides)
    return f"({sides[0]} {operator}{boolean} {sides[1]})"


def combined(chance: Random, depth: int) -> str:
    operator = chance.choice(("and", "or", "unless"))
    matching = chance.choice(("", "", " on (instance)", " ignoring (job)"))
    return f"({vector(chance, depth)} {operator}{matching} {vector(chance, depth)})"


def special(chance: Random, depth: int) -> str:
    inner = vector(chance, depth)
    return chance.choice((
        f"-{inner}",
        f"absent({inner})",
        f"vector(scalar({inner}))",
        f"clamp({inner}, 1, 20)",
        f"clamp_min({inner}, 3)",
        f"clamp_max({inner}, 30)",
        f"round({inner}, 0.25)",
        f'label_replace({inner}, "new", "$1-x", "instance", "i(.*)")',
        f'label_join({inner}, "both", "/", "job", "instance")',
        f"sort_desc({inner})",
        "histogram_quantile(0.9, sum by (le, job) (rate(latency_bucket[20m])))",
        "histogram_quantile(0.4, latency_bucket)",
    ))  # fmt: skip
