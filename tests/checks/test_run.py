"""A run: tries again what may pass, ends at its deadline, tells what is known when interrupted."""

from __future__ import annotations

import itertools
import socket
import time

import pytest

from dropmon.checks import line
from dropmon.checks.finding import Finding
from dropmon.checks.probe import ThreadProbe
from dropmon.checks.run import Limits, Run
from dropmon.checks.target import Target
from dropmon.model import Outcome, Verdict
from tests.checks.conftest import Look, run, target
from tests.checks.servers import Behaviour, answer, raw, serving


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Each request gets the next behaviour."""
    turns = itertools.chain(behaviours, itertools.repeat(behaviours[-1]))

    def behave(connection: socket.socket, request: bytes) -> None:
        next(turns)(connection, request)

    return behave


def never(connection: socket.socket, request: bytes) -> None:
    time.sleep(10)


@pytest.mark.parametrize("first", [answer(b"", "503 Busy"), raw()], ids=["5xx", "network error"])
def test_what_may_pass_is_tried_again(look: Look, first: Behaviour) -> None:
    with serving(in_turn(first, answer())) as server:
        outcome = look("apis", url=server.url(), retries=1)

    assert outcome.verdict is Verdict.HEALTHY
    assert outcome.error == "answered only at try 2"
    assert len(server.seen) == 2


@pytest.mark.parametrize("status", ["401 No", "404 No", "429 Slow down", "400 No"], ids=["401", "404", "429", "400"])
def test_a_refusal_is_not_tried_again(look: Look, status: str) -> None:
    with serving(answer(b"", status)) as server:
        look("apis", url=server.url(), retries=3)

    assert len(server.seen) == 1


@pytest.mark.slow
def test_tries_share_one_deadline(look: Look) -> None:
    with serving(answer(b"", "500 Oops")) as server:
        began = time.monotonic()
        outcome = look("apis", url=server.url(), retries=10, timeout="1s")

    assert outcome.verdict is Verdict.DOWN
    assert time.monotonic() - began < 2  # eleven tries of their own would take longer
    assert 2 <= len(server.seen) <= 4


@pytest.mark.slow
def test_the_runs_deadline_ends_it_and_every_check_is_told() -> None:
    with serving(never) as server:
        targets = [target("apis", name=f"n{i}", url=server.url(), timeout="60s") for i in range(30)]
        began = time.monotonic()
        outcomes = run(*targets, limits=Limits(at_once=10, deadline=1.0))

    assert time.monotonic() - began < 2
    assert sorted(outcome.name for outcome in outcomes) == sorted(f"n{i}" for i in range(30))
    assert {outcome.verdict for outcome in outcomes} <= {Verdict.UNKNOWN, Verdict.DOWN}


@pytest.mark.slow
def test_a_blocking_probe_cannot_outlive_the_run() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        resolver = f"127.0.0.1:{deaf.getsockname()[1]}"
        began = time.monotonic()
        (outcome,) = run(target("dns", host="a.example", resolver=resolver, timeout="60s"), limits=Limits(deadline=0.5))

    assert time.monotonic() - began < 1.5
    assert outcome.verdict is Verdict.UNKNOWN
    assert "deadline" in outcome.error


@pytest.mark.slow
def test_a_thousand_targets_are_each_told_once() -> None:
    with serving(answer()) as server:
        outcomes = run(*(target("apis", name=str(i), url=server.url()) for i in range(1000)))

    assert sorted(int(outcome.name) for outcome in outcomes) == list(range(1000))
    assert {outcome.verdict for outcome in outcomes} == {Verdict.HEALTHY}


def unreachable(*hosts: str) -> Run:
    measured = Run(Limits(50, 10.0))
    measured.over(iter([target("apis", name=host, url=f"http://{host}/") for host in hosts]))
    return measured


def test_our_own_dead_line_is_said_once_instead_of_everything_down() -> None:
    measured = unreachable("a.invalid", "b.invalid", "c.invalid")

    excused = line.excused(measured.round, ["127.0.0.1:1"])
    assert line.suspect(measured.round)
    assert line.dead(["127.0.0.1:1"])
    assert {outcome.verdict for outcome in excused} == {Verdict.UNKNOWN}
    assert all("our own line" in outcome.error for outcome in excused)


def test_our_line_is_not_suspected_when_one_host_answers() -> None:
    with serving(answer()) as server:
        measured = Run(Limits(50, 10.0))
        hosts = [target("apis", name=host, url=f"http://{host}/") for host in ("a.invalid", "b.invalid")]
        proxied = target("apis", name="p", url="http://shop.example.com/", proxy=server.url())
        measured.over(iter([*hosts, proxied]))
    assert not line.suspect(measured.round)


def test_our_line_is_alive_when_a_reference_answers() -> None:
    with serving(answer()) as server:
        assert not line.dead(["127.0.0.1:1", f"127.0.0.1:{server.port}"])
    assert not line.dead([])


def test_loopback_tells_nothing_about_our_line(look: Look) -> None:
    measured = Run(Limits(50, 10.0))
    measured.over(iter([target("apis", name=str(port), url=f"http://127.0.0.1:{port}/") for port in (1, 2, 3)]))
    assert not line.suspect(measured.round)


class Broken(ThreadProbe):
    def measure(self) -> tuple[Finding, float | None]:
        raise RuntimeError("a mistake of ours")


def test_a_probe_that_breaks_is_told_and_the_others_go_on() -> None:
    with serving(answer()) as server:
        outcomes: list[Outcome] = run(Target("dns", Broken(name="d")), target("apis", url=server.url()))

    assert {outcome.name: outcome.verdict for outcome in outcomes}["it"] is Verdict.HEALTHY
    assert len(outcomes) == 2
