"""Every kind of source: an answer becomes samples, and whatever is no answer a line that says what to do."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from string import Template

import pytest

from dropmon.sources.kinds import registry
from dropmon.storage import open_store
from tests.requirements import lack
from tests.sources.answers import CASES, INSIDE, SECRET, text
from tests.sources.api import Api, Reply, api
from tests.sources.conftest import Run, Said

ELSEWHERE = {"sql", "crux", "pagespeed", "beacons"}  # kinds with tests of their own
SHORT = {"openmetrics", "json"}  # kinds that speak to anybody: what is no number is no error of theirs
WITHIN = 1.0  # seconds of a request here
FAULTS = {
    "401": (Reply({"message": "bad key"}, 401), "401|UnrecognizedClient|no answer"),
    "403": (Reply({"message": "no right"}, 403), "403"),
    "404": (Reply({"message": "not found"}, 404), "404"),
    "429": (Reply({"message": "slow down"}, 429, {"Retry-After": "7"}), "429"),
    "500": (Reply({"message": "oh"}, 500), "500"),
    "moved": (Reply(b"", 302, {"Location": "http://127.0.0.1:1/elsewhere"}), "302|Location|no answer"),
    "html": (Reply(b"<html>Sign in</html>"), "no JSON|no page of metrics|no answer|told no"),
    "empty": (Reply(b""), "no JSON|no data|no answer|told no"),
    "list": (Reply([[[7]]]), ""),
    "text": (Reply("hello"), ""),
    "null": (Reply(None), ""),
    "numbers": (Reply({"data": 7, "groups": 7, "status": 7, "series": 7, "monitors": {}, "lints": None}), ""),
    "odd rows": (Reply({"data": [7, {"a": {}}], "groups": [None, {"by": 7}], "series": [{"pointlist": 7}], "id": 7,
                        "monitors": [None], "lints": [{}, 7], "stat": "ok", "status": "success"}), ""),
    "binary": (Reply(bytes(range(256)) * 9), "no JSON|no page of metrics|no answer|told no"),
    "deep": (Reply(b"[" * 100_000), "no JSON|no page of metrics|no answer|told no"),
    "slow": (Reply({}, wait=2.5), "no whole answer|timed out|[Tt]imeout|[Rr]ead"),
}  # fmt: skip


@pytest.fixture
def service() -> Iterator[Api]:
    with api() as service:
        yield service


def collect(run: Run, kind: str, url: str, *words: str) -> Said:
    """Collects one kind from this address."""
    if kind == "cloudwatch" and not find_spec("boto3"):
        lack("boto3 is not installed")
    entry = Template(CASES[kind].rules).substitute(url=url)
    entry = re.sub(r"(: \[?\{)", rf"\g<1>timeout: {WITHIN:g}s, ", entry, count=1)
    Path("rules.yaml").write_text(f"sources:\n  {entry}\n")
    return run("collect", *words, "--storage", "kept.db", "--format", "json")


def test_every_kind_is_tried() -> None:
    assert set(registry()) - ELSEWHERE == set(CASES)


@pytest.mark.parametrize("kind", CASES)
def test_what_is_answered_becomes_samples(run: Run, service: Api, kind: str) -> None:
    service.answer = CASES[kind].answer
    said = collect(run, kind, service.url)
    assert [each for each in said.samples if each["error"]] == []
    assert said.code == 0
    assert {text(each): each["value"] for each in said.samples} == pytest.approx(CASES[kind].samples)
    with open_store("kept.db") as store:
        assert len(list(store.series())) == len(CASES[kind].samples)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", CASES)
def test_what_is_no_answer_leaves_nothing_and_says_so(run: Run, service: Api, kind: str, fault: str) -> None:
    reply, words = FAULTS[fault]
    service.answer = lambda _: reply
    began = time.monotonic()
    said = collect(run, kind, service.url)
    assert time.monotonic() - began < 3 * WITHIN + 2
    assert said.code == 3
    wrong = [each for each in said.samples if each["value"] is None]
    assert wrong
    for each in wrong:
        assert re.search(words, each["error"]), each["error"]
        assert each["hint"]
        assert "probably a bug" not in each["hint"], each["error"]
        if fault == "429" and kind != "cloudwatch":
            assert "asked again in 7 s" in each["hint"]
    if words:
        assert wrong == said.samples
    assert SECRET not in said.out + said.err


@pytest.mark.slow
@pytest.mark.parametrize("kind", INSIDE)
def test_a_success_with_an_error_inside_is_none(run: Run, service: Api, kind: str) -> None:
    service.answer = lambda _: Reply(INSIDE[kind])
    said = collect(run, kind, service.url)
    assert said.code == 3
    assert {each["value"] for each in said.samples} == {None}
    if kind != "cloudwatch":
        assert "Invalid query" in said.samples[0]["error"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", CASES)
def test_who_never_answers_is_left_in_time(run: Run, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, contextlib.suppress(OSError):
        began = time.monotonic()
        said = collect(run, kind, f"http://127.0.0.1:{silent.getsockname()[1]}", "--deadline", "4s")
    assert time.monotonic() - began < 5
    assert said.code == 3
    assert {each["value"] for each in said.samples} == {None}


@pytest.mark.slow
@pytest.mark.parametrize("kind", CASES)
def test_a_key_goes_nowhere_else(run: Run, service: Api, kind: str) -> None:
    with api() as other:
        service.answer = lambda _: Reply(b"", 307, {"Location": f"{other.url}/stolen"})
        collect(run, kind, service.url)
        assert other.asked == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", CASES)
def test_what_echoes_a_key_shows_it_to_nobody(run: Run, service: Api, kind: str) -> None:
    service.answer = lambda _: Reply({"message": f"bad key {SECRET}", "error": f"bad key {SECRET}"}, 403)
    for form in ("json", "plain", "csv"):
        said = collect(run, kind, service.url)
        said = run("collect", "--no-record", "--format", form)
        assert SECRET not in said.out + said.err


def test_one_that_fails_stops_no_other(run: Run, service: Api) -> None:
    entries = {"datadog", "json", "newrelic"}
    service.answer = lambda asked: (
        Reply(b"", 500)
        if asked.path == "/graphql"
        else CASES["json" if asked.path == "/stock" else "datadog"].answer(asked)
    )
    lines = [Template(CASES[kind].rules).substitute(url=service.url) for kind in sorted(entries)]
    Path("rules.yaml").write_text("sources:\n" + "".join(f"  {line}\n" for line in lines))
    said = run("collect", "--no-record", "--format", "json")
    assert said.code == 3
    assert {each["metric"] for each in said.samples if each["value"] is None} == {"transactions", "slow_seconds"}
    assert sum(each["value"] is not None for each in said.samples) == 5


def test_help_names_the_kinds(run: Run) -> None:
    shown = run("--help").out
    assert [kind for kind in registry() if kind not in shown] == []


@pytest.mark.parametrize("kind", ["json", "prometheus", "openmetrics", "datadog", "newrelic"])
def test_names_from_outside_are_harmless_and_hold_no_key(run: Run, service: Api, kind: str) -> None:
    hostile = f"\x1b[31m=cmd()\n[bold]x {SECRET}"
    page = f'a{{shop="\x1b[31m=cmd()\\n[bold]x {SECRET}"}} 1\n'
    bodies = {
        "json": {"items": [{"name": hostile, "total": 1}]},
        "prometheus": {"status": "success", "data": {"resultType": "vector", "result": [
            {"metric": {"shop": hostile}, "value": [1, "1"]}]}},
        "openmetrics": page.encode(),
        "datadog": {"status": "ok", "series": [{"tag_set": [f"shop:{hostile}"], "pointlist": [[1, 1.0]]}]},
        "newrelic": {"data": {"actor": {"account": {"nrql": {"results": [{"shop": hostile, "value": 1}]}}}}},
    }  # fmt: skip
    service.answer = lambda _: Reply(bodies[kind])
    collect(run, kind, service.url)
    rules = Path("rules.yaml").read_text().replace("metrics: [pg_up, node_*]", "metrics: a")
    Path("rules.yaml").write_text(rules)
    for form in ("plain", "rich", "json", "csv", "markdown"):
        said = run("collect", "--storage", "kept.db", "--format", form)
        assert "\x1b[31m" not in said.out
        assert SECRET not in said.out + said.err
    with open_store("kept.db") as store:
        (labels,) = {each.labels for each in store.series() if dict(each.labels).get("shop")}
        assert "=cmd()" in dict(labels)["shop"]
        assert SECRET not in str(labels)
