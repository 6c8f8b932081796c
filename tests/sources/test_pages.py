"""Pages of metrics, a real Prometheus, and any JSON: what is kept, what is old, what is no number."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from dropmon.model import Sample
from dropmon.sources.kinds.json import Json
from dropmon.sources.kinds.openmetrics import OpenMetrics
from dropmon.sources.kinds.prometheus import Prometheus
from dropmon.sources.kinds.supabase import KEPT, Supabase
from dropmon.sources.source import Reading
from tests.history.promql.prometheus import running
from tests.sources.answers import NOW
from tests.sources.api import Api, Reply, api


@pytest.fixture
def service() -> Iterator[Api]:
    with api() as service:
        yield service


def page(service: Api, text: str, kind: str = "text/plain", **given: Any) -> list[Reading]:
    service.answer = lambda _: Reply(text.encode(), headers={"Content-Type": kind})
    source = OpenMetrics.model_validate({"name": "page", "url": f"{service.url}/metrics", **given})
    return [each for each in source.tell(float(NOW)) if isinstance(each, Reading)]


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ('a{x="1",y="}\\n\\""} 1e3\n', "", [("a", 1000.0)]),
        ("# EOF\na_total 5 1795420000.5\n", "application/openmetrics-text; version=1.0.0", [("a_total", 5.0)]),
        (f"a 5 {NOW}000\n", "", [("a", 5.0)]),
        (f"a 5 {NOW - 301}000\n", "", [("page", "a is older than five minutes")]),
        ('h_bucket{le="+Inf"} 4 # {trace="x"} 0.5\n', "application/openmetrics-text", [("h_bucket", 4.0)]),
        ("a NaN\nb +Inf\nc 2\n", "", [("c", 2.0)]),
        ('{"my.metric",env="prod"} 1\nc 2\n', "", [("c", 2.0)]),
        ("", "", [("page", "no data: the page has none of the numbers that are kept")]),
        ("\n".join(f'a{{n="{n}"}} 1' for n in range(1001)), "", [("a", "more than 1,000 samples")]),
    ],
)
def test_a_line_is_a_sample(service: Api, text: str, kind: str, told: list[tuple[str, object]]) -> None:
    found = page(service, text, kind)
    assert [(each.metric, each.error or each.value) for each in found] == told


@pytest.mark.parametrize("text", ["<html>", "a", "a 1 2 3", 'a{x="1', "a one", 'a{x="1",x="2"} 1', "a 1_000"])
def test_what_is_no_page_is_refused_at_its_line(service: Api, text: str) -> None:
    with pytest.raises(Exception, match=r"page answered with no page of metrics: line 2: "):
        page(service, f"ok 1\n{text}\n")


def test_a_page_has_a_job_unless_it_says_otherwise(service: Api) -> None:
    first, second = page(service, 'a 1\nb{job="own"} 2\n', labels={"team": "x"})
    assert (dict(first.labels), dict(second.labels)) == ({"job": "page", "team": "x"}, {"job": "own", "team": "x"})


def test_a_name_that_is_asked_for_and_missing_says_so(service: Api) -> None:
    found = page(service, "pg_up 1\nnode_load1 2\n", metrics=["pg_*", "node_load5"])
    assert [(each.metric, each.error or each.value) for each in found] == [
        ("pg_up", 1.0), ("page", "no data: node_load5 is not on the page"),
    ]  # fmt: skip


def test_of_two_hundred_those_that_matter_are_kept(service: Api) -> None:
    text = "".join(f"{name} 1\n" for name in (*KEPT, *(f"other_{n}" for n in range(200))))
    service.answer = lambda _: Reply(text.encode())
    source = Supabase.model_validate({"project": "abc", "key": "s3cret-key", "endpoint": service.url})
    assert {each.metric for each in source.page(float(NOW))} == set(KEPT)
    assert service.asked[0].headers["authorization"] == "Basic c2VydmljZV9yb2xlOnMzY3JldC1rZXk="


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"key": "k", "every": "30s"}, "write 60s or more"),
        ({}, "give a `token`"),
        ({"key": "k", "services": "mail"}, "pooler"),
    ],
)
def test_what_supabase_cannot_mean(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Supabase.model_validate({"project": "abc", **given})


def test_what_the_health_advisor_could_not_see_is_not_well(service: Api) -> None:
    lints = [{"name": "advisor_check_unavailable"}, {"name": "db_not_reachable"}]
    service.answer = lambda _: Reply({"data": {"attributes": {"lints": lints}}})
    source = Supabase.model_validate({"project": "abc", "token": "t0ken", "url": service.url})
    lost, found = source.findings(float(NOW))
    assert (lost.value, lost.error) == (None, "the health advisor could not look everywhere")
    assert (dict(found.labels)["lint"], found.value) == ("db_not_reachable", 1.0)


@pytest.mark.parametrize(("status", "value"), [("ACTIVE_HEALTHY", 1.0), ("INACTIVE", 0.0), ("UNKNOWN", None)])
def test_a_project_is_up_only_when_it_is_healthy(service: Api, status: str, value: float | None) -> None:
    service.answer = lambda _: Reply({"status": status})
    source = Supabase.model_validate({"project": "abc", "token": "t0ken", "url": service.url})
    assert [each.value for each in source.status(float(NOW))] == [value]


def query(url: str, promql: str, at: float, **given: Any) -> list[Reading]:
    source = Prometheus.model_validate({"metric": "found", "url": url, "query": promql, **given})
    return [each for each in source.tell(at) if isinstance(each, Reading)]


@pytest.mark.slow
def test_a_real_prometheus_is_asked_and_scraped(tmp_path: Path) -> None:
    at = float(int(time.time()) - 3600)
    samples = [Sample("up", (("job", job),), at - 30, value) for job, value in (("shop", 1.0), ("api", 0.0))]
    with running(tmp_path, samples) as server:
        url = server.address
        assert sorted((dict(each.labels)["job"], each.value) for each in query(url, "up", at)) == [
            ("api", 0),
            ("shop", 1),
        ]
        assert [each.value for each in query(url, "count(up)", at, scale=0.5, labels={"team": "x"})] == [1.0]
        assert [each.value for each in query(url, "scalar(count(up))", at)] == [2.0]
        for promql, error in (
            ("nothing", "no data: the query found no series"), ("up[5m]", "the query brings a matrix"),
            ("up / 0 * 0", "'NaN' is not a number"), ('"text"', "the query brings a string"),
        ):  # fmt: skip
            assert [each.error.startswith(error) for each in query(url, promql, at)][:1] == [True]
        with pytest.raises(Exception, match=r"400 Bad Request: invalid parameter .*parse error") as wrong:
            query(url, "up{", at)
        assert wrong.type.__name__ == "RefusedError"
        source = OpenMetrics.model_validate(
            {"name": "own", "url": f"{url}/metrics", "metrics": ["prometheus_build_info"]}
        )
        assert [(each.metric, each.value) for each in source.tell(time.time())] == [("prometheus_build_info", 1.0)]


def test_an_answer_in_part_says_so(service: Api) -> None:
    data = {"resultType": "vector", "result": [{"metric": {}, "value": [1, "2"]}]}
    service.answer = lambda _: Reply({"status": "success", "data": data, "warnings": ["one store is missing"]})
    lost, found = query(service.url, "up", NOW)
    assert (lost.error, found.value) == ("it warns: one store is missing", 2.0)


@pytest.mark.parametrize(
    ("body", "path", "told"),
    [
        ({"a": {"b": 3}}, "a.b", [3.0]), ({"ok": True}, "ok", [1.0]), ([1, 2], "sum(@)", [3.0]),
        ({"a": [{"value": 1, "x": "p"}, {"value": None, "x": "q"}]}, "a", [1.0, "no data: the value is null"]),
        ({"a": []}, "a", ["no data: an empty list at a"]), ({"a": 1}, "b", ["no data: nothing at b"]),
        ({"message": "expired"}, "b", ["no data: nothing at b; it says: expired"]),
        ({"a": "many"}, "a", ["'many' is not a number"]), ({"a": 1}, "length(a)", ["no data: nothing at length(a)"]),
        ({"a": {"c": 1}}, "a", ["no data: the value is null"]), (10**400, "@", None),
    ],
)  # fmt: skip
def test_what_a_path_finds_is_a_number_or_why_there_is_none(
    service: Api, body: Any, path: str, told: list[object] | None
) -> None:
    service.answer = lambda _: Reply(body)
    source = Json.model_validate({"metric": "a", "url": service.url, "path": path})
    found = [each.error or each.value for each in source.tell(float(NOW)) if isinstance(each, Reading)]
    assert found == told if told is not None else "too large" in str(found)


def test_a_path_that_is_wrong_is_refused_when_the_rules_are_read() -> None:
    with pytest.raises(ValidationError, match="is not a JMESPath"):
        Json.model_validate({"metric": "a", "url": "http://a", "path": "a["})


@pytest.mark.parametrize(
    ("body", "path", "told"),
    [
        ({"total": 0, "error": "quota exceeded"}, "total", "it answered with an error beside: quota exceeded"),
        ({"total": 0, "errors": [{"message": "no"}]}, "total", "it answered with an error beside: [{'message': 'no'}]"),
        ({"total": 3, "error": None}, "total", 3.0),
        ({"total": 3, "error": "", "errors": []}, "total", 3.0),
        ({"total": 3, "error": 2}, "error", 2.0),
        ({"total": 3, "error": "none"}, "[total, error] | [0]", 3.0),
    ],
)
def test_an_error_beside_a_number_is_no_number_unless_the_path_names_it(
    service: Api, body: object, path: str, told: object
) -> None:
    service.answer = lambda _: Reply(body)
    (reading,) = Json.model_validate({"metric": "a", "url": service.url, "path": path}).tell(0.0)
    assert (reading.error or reading.value) == told


@pytest.mark.slow
@pytest.mark.parametrize(
    "reply",
    [
        Reply({}, wait=2.0),
        Reply({"message": "no l1teral-q7w8x9 here"}, 401),
        Reply({}, 302, {"Location": "https://a.example/?token=l1teral-q7w8x9"}),
    ],
)
def test_a_token_in_an_address_is_in_no_message(service: Api, reply: Reply) -> None:
    service.answer = lambda _: reply
    url = f"{service.url}/stock?token=l1teral-q7w8x9"
    given = {"metric": "a", "url": url, "path": "n", "timeout": "500ms"}
    ((reading,),) = Json.told([Json.model_validate(given)], {}, lambda: 0.0)
    assert isinstance(reading, Reading)
    assert reading.error
    assert "l1teral" not in reading.error + reading.hint
