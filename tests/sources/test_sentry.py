"""Sentry: pages, projects, rates of nobody, releases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dropmon.sources.kinds.sentry import Sentry
from dropmon.sources.run import Round, collect
from dropmon.sources.source import Given
from tests.sources.answers import CASES, NOW, ORGANIZATION
from tests.sources.api import Api, Asked, Reply, api

LINK = (
    '<https://x/?&cursor=0:0:1>; rel="previous"; results="false"; cursor="0:0:1", '
    '<https://x/?&cursor={0}>; rel="next"; results="{1}"; cursor="{0}"'
)


@pytest.fixture
def service() -> Iterator[Api]:
    with api() as service:
        service.answer = CASES["sentry"].answer
        yield service


def told(service: Api, **given: object) -> Round:
    source = Sentry.model_validate(
        {"organization": "acme", "project": ["web"], "token": "t0ken", "url": service.url, "timeout": "2s", **given}
    )
    return collect([Given("sentry", "sentry", source)], {}, 10, lambda: float(NOW))


def wrong(done: Round) -> list[tuple[str, str, str]]:
    return [(each.metric, each.error, each.hint) for each in done.answers[0].readings if each.value is None]


def test_a_page_is_followed_only_while_it_has_results(service: Api) -> None:
    def page(release: str, count: int, cursor: str, more: str) -> Reply:
        data = [{"project": "web", "release": release, "count()": count}]
        return Reply({"data": data}, headers={"Link": LINK.format(cursor, more)})

    pages = {"": page("b", 5, "0:100:0", "true"), "0:100:0": page("a", 2, "0:200:0", "false")}

    def answer(asked: Asked) -> Reply:
        if asked.path != f"{ORGANIZATION}/events/":
            return CASES["sentry"].answer(asked)
        return pages[asked.params.get("cursor", [""])[0]]

    service.answer = answer
    found = {
        dict(each.labels)["release"]: each.value for each in told(service).samples() if each.name == "sentry_errors"
    }
    assert found == {"b": 5, "a": 2}


def test_what_is_asked_is_what_the_reference_wants(service: Api) -> None:
    told(service, environment="production", window="90m")
    asked = {each.path.removeprefix(ORGANIZATION): each for each in service.asked}
    assert asked["/events/"].params == {
        "dataset": ["errors"], "field": ["project", "release", "count()"], "sort": ["-count()"], "statsPeriod": ["90m"],
        "project": ["1"], "environment": ["production"], "per_page": ["100"],
    }  # fmt: skip
    assert asked["/stats_v2/"].params == {
        "field": ["sum(quantity)"], "groupBy": ["outcome", "project"], "category": ["error"], "statsPeriod": ["2h"],
        "interval": ["1h"], "project": ["1"],
    }  # fmt: skip
    assert {each.headers["authorization"] for each in service.asked} == {"Bearer t0ken"}


def test_a_project_that_is_not_there_stops_no_other(service: Api) -> None:
    done = told(service, project=["web", "shop"])
    assert wrong(done) == [("sentry", "there is no project 'shop' in acme", "this token sees api, web")]
    assert sum(1 for _ in done.samples()) > 3


def test_no_session_is_no_rate_of_one_or_zero(service: Api) -> None:
    none = {"by": {"project": 1}, "totals": {"crash_free_rate(session)": None, "sum(session)": 0}}
    for groups in ([], [none]):
        service.answer = lambda asked, groups=groups: (  # type: ignore[misc]
            Reply({"groups": groups}) if asked.path.endswith("/sessions/") else CASES["sentry"].answer(asked)
        )
        done = told(service)
        assert wrong(done) == [
            ("sentry_crash_free_ratio", "no sessions of web in the last day",
             "does the application send sessions? if not: sessions: false"),
        ]  # fmt: skip
        assert not [each for each in done.samples() if "crash_free" in each.name]
    assert wrong(told(service, sessions=False)) == []


def test_each_endpoint_fails_alone(service: Api) -> None:
    service.answer = lambda asked: (
        Reply({"detail": "no"}, 403) if "stats_v2" in asked.path else CASES["sentry"].answer(asked)
    )
    done = told(service)
    assert [(name, error) for name, error, _ in wrong(done)] == [
        ("sentry_events", "sentry answered 403 Forbidden: no"),
    ]
    assert {each.name for each in done.samples()} >= {"sentry_errors", "sentry_crash_free_ratio"}


def test_releases_are_events(service: Api) -> None:
    def release(version: str, created: str, **more: object) -> dict[str, object]:
        return {"version": version, "dateCreated": created, "dateReleased": None, "projects": [{"slug": "web"}], **more}

    releases = [
        release("shop@1.42.0", "2026-11-23T08:00:00Z", dateReleased="2026-11-23T08:10:02Z", newGroups=3,
                lastCommit={"id": "9fceb02aa11bb22cc"}, lastDeploy={"environment": "production"}),
        release("shop@1.41.0", "2026-11-20T08:00:00Z"),
        {"version": "odd", "dateCreated": 7},
        release("shop@1.0.0", "2026-10-01T08:00:00Z"),
        release("beyond", "2026-11-22T08:00:00Z"),
    ]  # fmt: skip
    service.answer = lambda asked: (
        Reply(releases) if asked.path.endswith("/releases/") else CASES["sentry"].answer(asked)
    )
    first, second = told(service).events()
    assert (first.kind, first.id, first.at, first.state) == ("release", "shop@1.42.0", 1795421402.0, "released")
    assert dict(first.labels) == {
        "project": "web", "commit": "9fceb02aa11b", "environment": "production", "issues": "3",
    }  # fmt: skip
    assert first.link == f"{service.url}/organizations/acme/releases/shop%401.42.0/"
    assert (second.id, second.state) == ("shop@1.41.0", "created")
