"""Targets that a query names: a database that hangs costs its own entry, and no other check."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from dropmon.checks.memory import Memory
from dropmon.checks.run import Limits
from dropmon.checks.session import Measured, Session
from dropmon.checks.targets import Wanted
from dropmon.flows import cycle
from dropmon.model import Outcome, Verdict
from dropmon.rules import Entry, Rules, load
from tests.checks.servers import answer, serving

ALL = Wanted(("web",))
ROW = {"name": "customer", "url": ""}


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that accepts, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


@pytest.fixture
def site() -> Iterator[str]:
    with serving(answer()) as server:
        yield server.url()


def rules(folder: Path, site: str, port: int = 1, defaults: str = "", own: str = "") -> Rules:
    (folder / "rules.yaml").write_text(
        f"defaults: {{retries: 0, line: []{defaults}}}\n"
        f"databases: {{main: {{url: 'postgresql://u@127.0.0.1:{port}/d'{own}}}}}\n"
        f"checks:\n  web:\n    - {{name: before, url: '{site}'}}\n"
        "    - {name: customers, targets: {sql: 'select name, url from customers'}}\n"
        f"    - {{name: after, url: '{site}'}}\n"
    )
    return load(folder / "rules.yaml")


def told(outcomes: Iterable[Outcome]) -> dict[str, str]:
    found = [(one.name, one.verdict.name) for one in outcomes]
    assert len(found) == len({name for name, _ in found}), "each once"
    return dict(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("defaults", "own"), [("", ", timeout: 1s"), (", timeout: 1s", ""), (", timeout: 20s", ", timeout: 1s")]
)
def test_a_database_that_hangs_costs_its_own_entry_and_no_more_than_its_timeout(
    tmp_path: Path, site: str, silent: int, defaults: str, own: str
) -> None:
    began = time.monotonic()
    seen: dict[str, float] = {}
    done = cycle.check(
        rules(tmp_path, site, silent, defaults, own), ALL, Limits(50, 30.0),
        seen=lambda one: seen.update({one.name: time.monotonic() - began}),
    )  # fmt: skip

    assert told(done.outcomes) == {"before": "HEALTHY", "after": "HEALTHY", "customers": "UNKNOWN"}
    assert done.outcomes[-1].error == "the query of the targets gave no answer in 1 s"
    assert time.monotonic() - began < 2
    assert max(seen["before"], seen["after"]) < 0.9, "they do not wait for it"


@pytest.mark.slow
def test_a_database_that_hangs_past_the_deadline_loses_no_check(tmp_path: Path, site: str, silent: int) -> None:
    began = time.monotonic()
    done = cycle.check(rules(tmp_path, site, silent, own=", timeout: 20s"), ALL, Limits(50, 1.0))

    assert told(done.outcomes) == {"before": "HEALTHY", "after": "HEALTHY", "customers": "UNKNOWN"}
    assert time.monotonic() - began < 2


@pytest.mark.slow
def test_who_asks_for_a_name_that_the_query_may_have_loses_no_check_either(
    tmp_path: Path, site: str, silent: int
) -> None:
    wanted = Wanted(("web",), ("before", "after", "customer 7"))
    done = cycle.check(rules(tmp_path, site, silent), wanted, Limits(50, 1.0))

    assert told(done.outcomes) == {"before": "UNKNOWN", "after": "UNKNOWN", "customers": "UNKNOWN"}


def measured(
    folder: Path, site: str, work: Callable[[], Iterable[Mapping[str, str]]],
    seen: Callable[[Outcome], None] = lambda _: None, deadline: float = 10.0,
) -> Measured:  # fmt: skip
    def rows(_entry: Entry, _within: float) -> Callable[[], Iterable[Mapping[str, str]]]:
        return work

    found = rules(folder, site)
    return Session(Limits(50, deadline), Memory(), rows, found.build, (), seen).measure(ALL, found.entries("web"))


@pytest.mark.slow
def test_what_a_query_names_later_stands_where_its_entry_does(tmp_path: Path, site: str) -> None:
    came: list[str] = []

    def work() -> list[dict[str, str]]:
        time.sleep(0.5)
        return [{**ROW, "url": site}, {"name": "customer 2", "url": site}]

    done = measured(tmp_path, site, work, lambda one: came.append(one.name))
    assert {*came[:2]} == {"before", "after"}
    assert [one.name for one in done.outcomes] == ["before", "customer", "customer 2", "after"]
    assert {one.verdict for one in done.outcomes} == {Verdict.HEALTHY}


@pytest.mark.slow
def test_what_a_query_names_too_late_is_told_as_not_measured(tmp_path: Path, site: str) -> None:
    def work() -> list[dict[str, str]]:
        time.sleep(0.7)
        return [{**ROW, "url": site}]

    done = measured(tmp_path, site, work, deadline=0.5)
    assert told(done.outcomes) == {"before": "HEALTHY", "customer": "UNKNOWN", "after": "HEALTHY"}


def test_ctrl_c_waits_for_no_query(tmp_path: Path, site: str) -> None:
    def work() -> list[dict[str, str]]:
        time.sleep(5)
        return []

    def interrupt(one: Outcome) -> None:
        if one.name == "before":
            raise KeyboardInterrupt

    began = time.monotonic()
    done = measured(tmp_path, site, work, interrupt)
    assert done.interrupted
    assert {"before", "customers"} <= {*told(done.outcomes)}
    assert time.monotonic() - began < 2
