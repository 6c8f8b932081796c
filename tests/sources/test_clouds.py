"""CloudWatch, Datadog, New Relic: periods that are over, queries that run, answers without a number."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from pydantic import ValidationError

from dropmon.errors import DropmonError
from dropmon.sources.kinds.cloudwatch import CloudWatch
from dropmon.sources.kinds.datadog import Datadog
from dropmon.sources.kinds.newrelic import NewRelic
from dropmon.sources.source import Reading
from tests.requirements import lack
from tests.sources.answers import CASES, NOW
from tests.sources.api import Api, Asked, Reply, api

METRIC = {"metric": "errors", "namespace": "AWS/Lambda", "name": "Errors", "statistic": "Sum",
          "dimensions": {"FunctionName": "pay"}}  # fmt: skip
QUERY = {"metric": "lines", "group": "/aws/lambda/pay", "query": "stats count(*)"}


@pytest.fixture
def service() -> Iterator[Api]:
    with api() as service:
        yield service


def cloudwatch(service: Api, **given: Any) -> list[Reading]:
    if not find_spec("boto3"):
        lack("boto3 is not installed")
    source = CloudWatch.model_validate(
        {
            "region": "eu-west-3",
            "access_key": "AKID",
            "secret_key": "s3cret",
            "url": service.url,
            "timeout": "1s",
            **given,
        }
    )
    return [each for each in source.tell(float(NOW)) if isinstance(each, Reading)]


def results(*found: dict[str, Any]) -> Reply:
    return Reply(
        {"MetricDataResults": [{"Id": "m0", "Label": "Errors", "StatusCode": "Complete", **each} for each in found]}
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("found", "given", "told"),
    [
        ({"Timestamps": [NOW - 200, NOW - 500], "Values": [1.0, 3.0]}, {}, 3.0),  # the first period is not over
        ({"Timestamps": [NOW - 800, NOW - 500], "Values": [1.0, 3.0]}, {}, 3.0),
        ({"Timestamps": [NOW - 500], "Values": [250.0]}, {"scale": 0.001}, 0.25),
        ({"Timestamps": [], "Values": []}, {}, "no data in the last 15 min"),
        ({"Timestamps": [], "Values": []}, {"missing": 0}, 0.0),
        ({"StatusCode": "Forbidden", "Messages": [{"Value": "no right"}]}, {}, "CloudWatch: Forbidden: no right"),
    ],
)
def test_the_last_whole_period_counts(service: Api, found: dict[str, Any], given: dict[str, Any], told: object) -> None:
    service.answer = lambda _: results(found)
    (reading,) = cloudwatch(service, metrics=[{**METRIC, **given}])
    assert (reading.error or reading.value) == told
    asked = json.loads(service.asked[0].body)
    assert (asked["StartTime"], asked["EndTime"]) == (NOW - 900, NOW)
    assert asked["MetricDataQueries"][0]["MetricStat"] == {
        "Metric": {"Namespace": "AWS/Lambda", "MetricName": "Errors",
                   "Dimensions": [{"Name": "FunctionName", "Value": "pay"}]},
        "Period": 300, "Stat": "Sum",
    }  # fmt: skip


def test_what_was_long_ago_is_not_how_things_are_however_far_back_others_look(service: Api) -> None:
    def answer(_: Asked) -> Reply:
        found = [{"Id": f"m{n}", "Label": "a", "Timestamps": [NOW - 80_000], "Values": [2.0]} for n in range(2)]
        return Reply({"MetricDataResults": found})

    service.answer = answer
    daily, often = {**METRIC, "metric": "daily", "period": "12h"}, {**METRIC, "metric": "often"}
    assert [(each.metric, each.value, each.error) for each in cloudwatch(service, metrics=[daily, often])] == [
        ("daily", 2.0, ""), ("often", None, "no data in the last 15 min"),
    ]  # fmt: skip


def test_what_a_search_finds_is_told_apart_and_pages_are_read(service: Api) -> None:
    def answer(asked: Asked) -> Reply:
        label = "b" if "NextToken" in json.loads(asked.body) else "a"
        found = {"Id": "m0", "Label": label, "Timestamps": [NOW - 600], "Values": [2.0], "StatusCode": "Complete"}
        return Reply({"MetricDataResults": [found], **({"NextToken": "t"} if label == "a" else {})})

    service.answer = answer
    found = cloudwatch(service, metrics=[{"metric": "errors", "expression": "SEARCH('{AWS/Lambda} Errors', 'Sum')"}])
    assert [(dict(each.labels), each.value) for each in found] == [({"label": "a"}, 2.0), ({"label": "b"}, 2.0)]


@pytest.mark.slow
def test_a_query_is_waited_for_and_left_in_time(service: Api) -> None:
    states = ["Scheduled", "Running", "Complete"]

    def answer(asked: Asked) -> Reply:
        if asked.headers["x-amz-target"].endswith("GetQueryResults"):
            return Reply({"status": states.pop(0) if states else "Running", "results": []})
        return CASES["cloudwatch"].answer(asked)

    service.answer = answer
    assert [each.value for each in cloudwatch(service, queries=[{**QUERY, "missing": 0}])] == [0.0]
    began = json.loads(service.asked[0].body)
    assert (began["startTime"], began["endTime"]) == (NOW - 300, NOW)
    (late,) = cloudwatch(service, queries=[QUERY])
    assert late.error == "CloudWatch: the query took longer than 1 s"
    assert service.asked[-1].headers["x-amz-target"].endswith("StopQuery")


@pytest.mark.slow
@pytest.mark.parametrize("status", ["Failed", "Cancelled", "Timeout", "Unknown"])
def test_a_query_that_ends_badly_says_how(service: Api, status: str) -> None:
    service.answer = lambda asked: (
        Reply({"status": status})
        if asked.headers["x-amz-target"].endswith("Results")
        else CASES["cloudwatch"].answer(asked)
    )
    assert [each.error for each in cloudwatch(service, queries=[QUERY])] == [f"CloudWatch: the query ended as {status}"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("AccessDeniedException", "the key needs the right cloudwatch:GetMetricData"),
        ("ExpiredTokenException", "log in again: aws sso login"),
        ("ThrottlingException", "it will be asked again; ask less often: `every:`"),
    ],
)
def test_aws_refuses_in_its_own_words(service: Api, code: str, hint: str) -> None:
    service.answer = lambda _: Reply({"__type": code, "message": "no"}, 400)
    (lost,) = cloudwatch(service, metrics=[METRIC])
    assert (lost.hint, code in lost.error) == (hint, True)


def test_without_boto3_it_says_how_to_get_it(service: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(DropmonError, match="needs boto3") as caught:
        CloudWatch.model_validate({"region": "r", "metrics": [METRIC]}).tell(float(NOW))
    assert caught.value.hint == "pip install 'dropmon[aws]'"


def test_a_metric_is_named_or_an_expression() -> None:
    for given in ({"metric": "a"}, {"metric": "a", "namespace": "n"}, {**METRIC, "expression": "SEARCH('x', 'Sum')"}):
        with pytest.raises(ValidationError, match="give a `namespace` and a `name`, or an `expression`"):
            CloudWatch.model_validate({"region": "r", "metrics": [given]})


@pytest.mark.parametrize(
    ("aggregator", "body"),
    [
        (None, {"status": "ok", "series": []}),
        (None, {"status": "ok", "series": [{"pointlist": [[1, None]]}]}),
        ("avg", {"data": {"attributes": {"columns": [{"name": "a", "type": "number", "values": [None]}]}}}),
    ],
)
def test_datadog_without_a_point_is_no_zero(service: Api, aggregator: str | None, body: object) -> None:
    service.answer = lambda _: Reply(body)
    query = {"metric": "a", "query": "avg:x{*}", "aggregator": aggregator}
    source = Datadog.model_validate({"key": "k", "application_key": "a", "url": service.url, "queries": [query]})
    assert [getattr(each, "error", "") for each in source.tell(float(NOW))] == ["no data: nothing in the last 5 min"]


def test_datadog_is_asked_with_both_keys_at_its_site(service: Api) -> None:
    service.answer = CASES["datadog"].answer
    given = {"key": "k-api", "application_key": "k-app", "queries": [{"metric": "a", "query": "avg:x{*}"}]}
    list(Datadog.model_validate({**given, "url": service.url}).tell(float(NOW)))
    (asked,) = service.asked
    assert (asked.headers["dd-api-key"], asked.headers["dd-application-key"]) == ("k-api", "k-app")
    assert asked.params == {"from": [str(NOW - 300)], "to": [str(NOW)], "query": ["avg:x{*}"]}
    eu = Datadog.model_validate({**given, "site": "datadoghq.eu"}).request("/api/v1/query")
    assert eu.url == "https://api.datadoghq.eu/api/v1/query"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"count": 42}], [({}, 42.0)]),
        ([{"facet": ["a", "b"], "value": 1, "sum": 9}], [({"facet": "a, b"}, 1.0)]),
        ([{"count": None}], [({}, "no data: the value is null")]),
        ([], [({}, "no data: the query found no number")]),
        ([{"percentile.duration": {"50": 1, "99": 2}}], [({"quantile": "0.5"}, 1.0), ({"quantile": "0.99"}, 2.0)]),
    ],
)
def test_nrql_tells_numbers_by_what_they_are_of(service: Api, rows: list[Any], told: list[Any]) -> None:
    service.answer = lambda _: Reply({"data": {"actor": {"account": {"nrql": {"results": rows}}}}})
    query = {"metric": "a", "query": 'SELECT count(*) FROM T WHERE x = "é\\"'}
    source = NewRelic.model_validate({"key": "NRAK-1", "account": 123, "url": service.url, "queries": [query]})
    found = [each for each in source.tell(float(NOW)) if isinstance(each, Reading)]
    assert [(dict(each.labels), each.error or each.value) for each in found] == told
    asked = json.loads(service.asked[0].body)
    assert asked["variables"] == {"account": 123, "nrql": query["query"], "timeout": 20}
    assert service.asked[0].headers["api-key"] == "NRAK-1"


def test_nrql_that_is_wrong_is_told_in_new_relics_words(service: Api) -> None:
    service.answer = lambda _: Reply({"data": {"actor": None}, "errors": [{"message": "NRQL Syntax Error: x"}]})
    query = {"metric": "a", "query": "SELEC"}
    source = NewRelic.model_validate({"key": "k", "account": 1, "url": service.url, "queries": [query]})
    (lost,) = (each for each in source.tell(float(NOW)) if isinstance(each, Reading))
    assert lost.error == "newrelic answered 200 OK, and an error: NRQL Syntax Error: x"
    assert lost.hint == "try the NRQL in New Relic, and look at `account:` and `region:`"
