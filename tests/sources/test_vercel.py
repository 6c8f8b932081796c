"""Deployments, as Vercel's API tells them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dropmon.storage import open_store
from dropmon.storage.events import events_of
from tests.sources.answers import CASES
from tests.sources.api import Api, Asked, Reply, api
from tests.sources.conftest import Run, Said

NOW = 1_795_420_000  # seconds: the API counts in milliseconds


@pytest.fixture
def vercel() -> Iterator[Api]:
    with api() as service:
        yield service


def deployment(uid: str, at: int, commit: str, state: str = "READY", **more: Any) -> dict[str, Any]:
    """One deployment as the API tells it."""
    return {
        "uid": uid, "name": "shop", "url": "shop-abc.vercel.app", "created": (at - 60) * 1000,
        "buildingAt": (at - 45) * 1000, "ready": at * 1000 if state == "READY" else None, "readyState": state,
        "target": "production", "creator": {"uid": "u1", "username": "ana"}, "inspectorUrl": f"https://vercel.com/{uid}",
        "meta": {
            "githubCommitSha": commit * 8, "githubCommitRef": "main", "githubCommitMessage": f"Change {uid}\n\nlong",
        },
        **more,
    }  # fmt: skip


def collect(run: Run, service: Api, *words: str) -> Said:
    Path("rules.yaml").write_text(
        f"sources:\n  vercel: {{project: shop, team: acme, token: t0ps3cret, url: '{service.url}', timeout: 1s}}\n"
    )
    return run("collect", *words, "--storage", "kept.db", "--format", "json")


def test_deployments_become_events_and_counts(run: Run, vercel: Api) -> None:
    pages = {
        "": Reply({
            "deployments": [deployment("d4", NOW, "aa"), deployment("d3", NOW - 900, "cc", "ERROR")],
            "pagination": {"count": 2, "next": (NOW - 1000) * 1000, "prev": 1},
        }),
        str((NOW - 1000) * 1000): Reply({
            "deployments": [deployment("d2", NOW - 1800, "bb"), deployment("d1", NOW - 3600, "aa")],
            "pagination": {"count": 2, "next": None, "prev": 1},
        }),
    }  # fmt: skip
    vercel.answer = lambda asked: pages[asked.params.get("until", [""])[0]]

    said = collect(run, vercel)

    assert said.code == 0
    assert {(each["metric"], each["labels"].get("state")): each["value"] for each in said.samples} == {
        ("deployments", "ready"): 2.0,
        ("deployments", "failed"): 1.0,
        ("deployments", "rolled back"): 1.0,
        ("deployment_build_seconds", None): 45.0,
    }
    with open_store("kept.db") as store:
        events = events_of(store).between(0, NOW + 1)
    assert [(each.id, each.state, each.title) for each in events] == [
        ("d1", "ready", "Change d1"),
        ("d2", "ready", "Change d2"),
        ("d3", "failed", "Change d3"),
        ("d4", "rolled back", "Change d4"),
    ]
    assert dict(events[-1].labels) == {
        "author": "ana", "branch": "main", "commit": "aa" * 6, "project": "shop", "target": "production",
    }  # fmt: skip
    assert vercel.asked[0].headers["authorization"] == "Bearer t0ps3cret"
    assert vercel.asked[0].params["slug"] == ["acme"]


def test_what_is_told_again_is_changed_and_not_doubled(run: Run, vercel: Api) -> None:
    for state in ("BUILDING", "READY"):
        vercel.answer = lambda _, state=state: Reply({"deployments": [deployment("d1", NOW, "aa", state)]})  # type: ignore[misc]
        assert collect(run, vercel).code == 0
    with open_store("kept.db") as store:
        assert [each.state for each in events_of(store).between(0, NOW + 1)] == ["ready"]


def test_a_way_back_stays_one_when_its_predecessor_leaves_the_window(run: Run, vercel: Api) -> None:
    made = [deployment("d3", NOW, "aa"), deployment("d2", NOW - 1800, "bb"), deployment("d1", NOW - 3600, "aa")]
    for told in (made, made[:1]):
        vercel.answer = lambda _, told=told: Reply({"deployments": told})  # type: ignore[misc]
        assert collect(run, vercel).code == 0
    with open_store("kept.db") as store:
        assert [each.state for each in events_of(store).between(0, NOW + 1)] == ["ready", "ready", "rolled back"]


def test_a_page_that_is_told_again_counts_nothing_twice_and_has_an_end(run: Run, vercel: Api) -> None:
    made = [deployment("d2", NOW, "aa"), deployment("d1", NOW - 1800, "bb")]
    vercel.answer = lambda _: Reply({"deployments": made, "pagination": {"next": 1}})
    said = collect(run, vercel)
    assert said.code == 0
    assert {each["labels"].get("state"): each["value"] for each in said.samples}["ready"] == 2
    assert len(vercel.asked) == 2


def test_more_deployments_than_are_read_are_said_and_not_counted(run: Run, vercel: Api) -> None:
    def answer(asked: Asked) -> Reply:
        page = int(asked.params.get("until", ["0"])[0])
        return Reply({"deployments": [deployment(f"d{page}", NOW - page, "aa")], "pagination": {"next": page + 1}})

    vercel.answer = answer
    said = collect(run, vercel)
    assert said.code == 3
    assert [(each["value"], each["error"]) for each in said.samples] == [(None, "more than 2,000 deployments")]
    assert len(vercel.asked) == 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reply", "what"),
    [
        (Reply({"error": {"code": "forbidden", "message": "Not authorized"}}, 403), "403 Forbidden: Not authorized"),
        (Reply({"error": {"message": "no"}}, 401), "the token is wrong or has expired"),
        (Reply({"error": {}}, 429, {"Retry-After": "7"}), "asked again in 7 s"),
        (Reply(b"<html>Bad Gateway", 502), "502 Bad Gateway"),
        (Reply(b"<html>hello"), "no JSON"),
        (Reply([]), "told no deployments"),
        (Reply({"deployments": None}), "told no deployments"),
        (Reply({"deployments": []}, wait=3), "/v6/deployments: "),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Reply) else "",
)
def test_a_failure_is_said_and_leaves_nothing(run: Run, vercel: Api, reply: Reply, what: str) -> None:
    vercel.answer = lambda _: reply
    said = collect(run, vercel)
    assert said.code == 3
    assert what in said.samples[0]["error"] + said.samples[0]["hint"]
    assert "t0ps3cret" not in said.out + said.err
    with open_store("kept.db") as store:
        assert not store.series()


OTHERS = {
    "deployments": "/v6/deployments", "page_views": "/v1/query/web-analytics/visits/count",
    "web_vital": "/v2/observability/query",
}  # fmt: skip


@pytest.mark.parametrize("broken", OTHERS)
def test_deployments_visits_and_vitals_fail_alone(run: Run, vercel: Api, broken: str) -> None:
    vercel.answer = lambda asked: (
        Reply({"error": {"message": "needs a plan"}}, 402)
        if asked.path == OTHERS[broken]
        else CASES["vercel"].answer(asked)
    )
    Path("rules.yaml").write_text("sources:\n  " + CASES["vercel"].rules.replace("$url", vercel.url))
    said = run("collect", "--no-record", "--format", "json")
    assert {each["metric"] for each in said.samples if each["value"] is None} == {broken}
    assert {each["metric"] for each in said.samples if each["value"] is not None} >= OTHERS.keys() - {broken}


def test_vitals_are_asked_by_the_numbers_of_project_and_team(run: Run, vercel: Api) -> None:
    vercel.answer = CASES["vercel"].answer
    Path("rules.yaml").write_text("sources:\n  " + CASES["vercel"].rules.replace("$url", vercel.url))
    assert run("collect", "--no-record").code == 0
    asked = [json.loads(each.body) for each in vercel.asked if each.method == "POST"]
    assert {each["metric"].rpartition(".")[2] for each in asked} == {"lcp_ms", "inp_ms", "cls", "ttfb_ms", "fcp_ms"}
    assert asked[0]["scope"] == {"type": "project", "ownerId": "team_123", "projectIds": ["prj_456"]}
    assert (asked[0]["aggregation"], asked[0]["filter"]) == ("p75", "environment eq 'production'")
    assert {each.params["slug"][0] for each in vercel.asked} == {"acme"}


def test_a_vital_of_nobody_is_no_zero(run: Run, vercel: Api) -> None:
    vercel.answer = lambda asked: (
        Reply({"summary": [], "data": []}) if asked.path == OTHERS["web_vital"] else CASES["vercel"].answer(asked)
    )
    Path("rules.yaml").write_text("sources:\n  " + CASES["vercel"].rules.replace("$url", vercel.url))
    said = run("collect", "--no-record", "--format", "json")
    lost = [each for each in said.samples if each["metric"] == "web_vital"]
    assert {each["value"] for each in lost} == {None}
    assert lost[0]["hint"] == "is Speed Insights on for this project, and did anybody visit it?"


def test_hostile_titles_stay_text(run: Run, vercel: Api) -> None:
    def answer(_: Asked) -> Reply:
        meta = {"githubCommitMessage": "\x1b]0;owned\x07<script>", "githubCommitSha": None}
        return Reply({"deployments": [deployment("d1", NOW, "aa", meta=meta), "odd", {"uid": None}]})

    vercel.answer = answer
    assert "\x1b" not in collect(run, vercel).out
