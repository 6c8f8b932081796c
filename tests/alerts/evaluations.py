"""Processes that evaluate the rules of one history, as forks: `Parent("tests.alerts.evaluations").fork(WHAT, …)`."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from dropmon.rules import load
from tests.alerts.play import START
from tests.alerts.test_judge import RULES, evaluate, record


def warm() -> None:
    """Imports what the first evaluation imports."""
    with TemporaryDirectory() as folder:
        rules = Path(folder) / "rules.yaml"
        rules.write_text(RULES)
        evaluate(f"{folder}/x.db", load(rules), START)


def run(what: str, place: str, rules: str, number: str) -> None:
    """`once`: at this second from the start, when something is heard. `live`: from this minute on, until killed."""
    if what == "once":
        sys.stdin.read(1)
        evaluate(place, load(Path(rules)), START + int(number))
        return
    loaded = load(Path(rules))
    for count in itertools.count():
        at = START + 60 * (int(number) + count)
        record(place, [("busy", 90.0 * (count // 2 % 2)), ("total", 100.0)], at)
        print(count, flush=True)
        evaluate(place, loaded, at)
