"""Prometheus' own scripts come to what they expect."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.history.promql.script import cases
from tests.history.promql.verdict import verdict

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.test"))

# The script itself says that Kahan's sum gives a wrong result here; Python's exact one gives the right one.
RIGHT = {"functions.test:1149": "differs: (): -44.848083237000004 is not 0.0"}


# Their runner lets the names of metrics go at the end of all (the feature promql-delayed-name-removal); what tells the
# two apart is in one script, and differs without it.
EARLY = {f"name_label_dropping.test:{line}" for line in (59, 64, 69, 74, 89, 115, 119, 123)}


@cache
def verdicts(path: Path, delayed: bool) -> dict[str, str]:
    return {case.place: verdict(case, delayed) for case in cases(path)}


@pytest.mark.slow
@pytest.mark.parametrize("delayed", [True, False], ids=["late", "as we do"])
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_evaluation_in_scope_is_equal(path: Path, delayed: bool) -> None:
    found = verdicts(path, delayed)
    unequal = {place: why for place, why in found.items() if why not in {"equal", "native", "experimental"}}
    early = set() if delayed else found.keys() & EARLY
    assert unequal.keys() == early | (found.keys() & RIGHT.keys())
    assert {place: why for place, why in unequal.items() if place in RIGHT} == {
        place: why for place, why in RIGHT.items() if place in found
    }


@pytest.mark.parametrize(("delayed", "equal", "others"), [(True, 850, 1), (False, 842, 9)])
def test_every_evaluation_is_read_and_most_are_in_scope(delayed: bool, equal: int, others: int) -> None:
    """What is out of scope touches native histograms, or what Prometheus itself calls experimental."""
    counted = Counter(why.partition(":")[0] for path in SCRIPTS for why in verdicts(path, delayed).values())
    written = sum(line.startswith("eval") for path in SCRIPTS for line in path.read_text("utf-8").split("\n"))
    assert counted.total() == written
    assert (counted["equal"], counted["native"], counted["experimental"]) == (equal, 290, 103)
    assert counted["differs"] + counted["error"] == others
