"""UptimeRobot: v3 and v2 stand in for each other, as few requests as possible, and what is paused is not up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dropmon.sources.kinds.uptimerobot import UptimeRobot
from dropmon.sources.run import Round, collect
from dropmon.sources.source import Given
from tests.sources.answers import CASES, NOW
from tests.sources.api import Api, Asked, Reply, api

NEWER, OLDER = "/v3/monitors", "/v2/getMonitors"
STATS = "/v3/monitors/777/stats/response-time"
SPEED = {"summary": {"avg": 400}, "timeSeries": [{"timestamp": "2026-11-23T06:00:00Z", "value": 310},
                                                 {"timestamp": "2026-11-23T07:00:00Z", "value": 305}]}  # fmt: skip
FAIL = {"stat": "fail", "error": {"type": "invalid_parameter", "message": "api_key is invalid."}}


@pytest.fixture
def service() -> Iterator[Api]:
    with api() as service:
        service.answer = CASES["uptimerobot"].answer
        yield service


def told(service: Api, **given: object) -> Round:
    source = UptimeRobot.model_validate({"key": "k3y-of-ur", "url": service.url, "timeout": "2s", **given})
    return collect([Given("uptimerobot", "uptimerobot", source)], {}, 10, lambda: float(NOW))


def but(**replies: Reply) -> Callable[[Asked], Reply]:
    """The usual answers, but for those of v3, of v2 or of the response times."""
    paths = {NEWER: replies.get("newer"), OLDER: replies.get("older"), STATS: replies.get("stats")}
    return lambda asked: paths.get(asked.path) or CASES["uptimerobot"].answer(asked)


def numbers(done: Round) -> dict[str, float]:
    return {
        " ".join([each.name.removeprefix("outside_"), dict(each.labels).get("window", "")]).strip(): each.value
        for each in done.samples()
    }


ALL = {"up": 1.0, "uptime_ratio 1d": 1.0, "uptime_ratio 7d": 0.99987, "uptime_ratio 30d": 0.99941,
       "response_seconds": 0.298}  # fmt: skip


def test_two_requests_are_enough_for_every_monitor(service: Api) -> None:
    assert numbers(told(service)) == pytest.approx(ALL)
    assert [each.path for each in service.asked] == [NEWER, OLDER]
    assert service.asked[0].headers["authorization"] == "Bearer k3y-of-ur"
    assert b"custom_uptime_ratios=1-7-30" in service.asked[1].body


@pytest.mark.parametrize("status", [401, 403, 404, 410, 500])
def test_v2_stands_in_for_v3(service: Api, status: int) -> None:
    service.answer = but(newer=Reply({"message": "gone", "code": "000-004"}, status))
    assert numbers(told(service)) == pytest.approx(ALL)


@pytest.mark.parametrize("older", [Reply({}, 404), Reply(FAIL), Reply(b"<html>")], ids=["404", "fail", "html"])
def test_v3_stands_in_for_v2(service: Api, older: Reply) -> None:
    service.answer = but(older=older, stats=Reply(SPEED))
    assert numbers(told(service)) == {"up": 1.0, "uptime_ratio 1d": 1.0, "response_seconds": 0.305}
    assert [each.path for each in service.asked] == [NEWER, OLDER, STATS]  # not for the one that is paused


def test_what_only_v2_knows_is_missed_aloud(service: Api) -> None:
    service.answer = but(older=Reply({}, 410), stats=Reply(SPEED))
    (lost,) = (each for each in told(service).answers[0].readings if each.value is None)
    assert lost.metric == "outside_uptime_ratio"
    assert lost.error == "the weeks and months of v2 are missing: uptimerobot answered 410 Gone"


@pytest.mark.parametrize(
    ("status", "age", "interval", "found"),
    [
        (2, 60, 300, [0.298]), (2, 7300, 300, [None]), (2, 7300, 3600, [0.298]), (2, 90000, 3600, [None]),
        (9, 60, 300, []),  # one that is down answers nobody
    ],
)  # fmt: skip
def test_an_old_response_time_is_not_told_as_todays(
    service: Api, status: int, age: int, interval: int, found: list[float | None]
) -> None:
    times = [{"datetime": NOW - age, "value": 298}]
    service.answer = but(newer=Reply({}, 404), older=older(
        {"id": 1, "friendly_name": "a", "status": status, "interval": interval, "response_times": times}
    ))  # fmt: skip
    readings = told(service).answers[0].readings
    assert [each.value for each in readings if each.metric == "outside_response_seconds"] == found


def test_a_response_time_that_is_refused_is_missing_and_said(service: Api) -> None:
    service.answer = but(older=Reply({}, 404), stats=Reply({}, 429, {"Retry-After": "30"}))
    (answer,) = told(service).answers
    lost = next(each for each in answer.readings if each.value is None)
    assert (lost.metric, lost.hint) == ("outside_response_seconds", "it wants to be asked again in 30 s")
    assert answer.retry_at == NOW + 30


def test_who_is_asked_too_often_is_not_asked_once_more(service: Api) -> None:
    service.answer = but(newer=Reply({"message": "slow"}, 429, {"Retry-After": "12"}))
    (answer,) = told(service).answers
    assert answer.retry_at == NOW + 12
    assert [each.path for each in service.asked] == [NEWER]


def test_pages_are_read_and_a_link_is_never_followed(service: Api) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == OLDER:
            return Reply(FAIL)
        if asked.path != NEWER:
            return Reply({}, 404)
        if asked.params.get("cursor") == ["c2"]:
            return Reply({"data": [{"id": 2, "friendlyName": "b", "status": "DOWN"}], "nextLink": None})
        link = "http://elsewhere.invalid/v3/monitors?cursor=c2&limit=200"
        return Reply({"data": [{"id": 1, "friendlyName": "a", "status": "PAUSED"}], "nextLink": link})

    service.answer = answer
    assert [(dict(each.labels), each.value) for each in told(service).samples()] == [({"monitor": "b"}, 0.0)]


def older(*monitors: dict[str, Any], total: int | None = None) -> Reply:
    return Reply({"stat": "ok", "pagination": {"total": total or len(monitors)}, "monitors": list(monitors)})


def test_only_those_that_are_named(service: Api) -> None:
    service.answer = but(newer=Reply({}, 404), older=older(
        {"id": 1, "friendly_name": "Shop", "status": 9}, {"id": 2, "friendly_name": "Blog", "status": 2},
        {"id": 3, "friendly_name": "Old", "status": 0},
    ))  # fmt: skip
    done = told(service, monitors=["Shop", "Old", "Nope"])
    assert [
        (each.metric, dict(each.labels).get("monitor"), each.value, each.error) for each in done.answers[0].readings
    ] == [
        ("outside_up", "Shop", 0.0, ""),
        ("outside_up", "Old", None, "it is paused, or was never measured"),
        ("uptimerobot", None, None, "there is no monitor 'Nope'"),
    ]


def test_two_of_one_name_are_told_apart(service: Api) -> None:
    service.answer = but(newer=Reply({}, 404), older=older(
        {"id": 1, "friendly_name": "Shop", "status": 2}, {"id": 2, "friendly_name": "Shop", "status": 9},
    ))  # fmt: skip
    assert [(dict(each.labels)["id"], each.value) for each in told(service).samples()] == [("1", 1.0), ("2", 0.0)]


def test_the_words_of_v3_come_first_when_both_refuse(service: Api) -> None:
    service.answer = but(newer=Reply({"message": "Invalid key"}, 401), older=Reply(FAIL))
    (answer,) = told(service).answers
    assert answer.readings[0].error == "uptimerobot answered 401 Unauthorized: Invalid key"
