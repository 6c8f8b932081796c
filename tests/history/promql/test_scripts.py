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


@cache
def verdicts(path: Path) -> dict[str, str]:
    return {case.place: verdict(case) for case in cases(path)}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_every_evaluation_in_scope_is_equal(path: Path) -> None:
    found = verdicts(path)
    assert {place: why for place, why in found.items() if why not in {"equal", "native", "experimental"}} == {
        place: why for place, why in RIGHT.items() if place in found
    }


def test_every_evaluation_is_read_and_most_are_in_scope() -> None:
    """What is out of scope touches native histograms, or what Prometheus itself calls experimental."""
    counted = Counter(why.partition(":")[0] for path in SCRIPTS for why in verdicts(path).values())
    written = sum(line.startswith("eval") for path in SCRIPTS for line in path.read_text("utf-8").split("\n"))
    assert counted.total() == written
    assert counted == {"equal": 850, "differs": 1, "native": 290, "experimental": 103}
