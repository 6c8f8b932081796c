"""What Google answers about a page, as its documentation has it, and every way in which it answers nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dropmon.storage import open_store
from tests.sources.api import Api, Asked, Reply, api
from tests.vitals.conftest import Run, Said

KEY = "AIzaS3cret"
CRUX = {
    "record": {
        "key": {"origin": "https://shop.example", "formFactor": "PHONE"},
        "metrics": {
            "largest_contentful_paint": {
                "histogram": [
                    {"start": 0, "end": 2500, "density": 0.81}, {"start": 2500, "end": 4000, "density": 0.12},
                    {"start": 4000, "density": 0.07},
                ],
                "percentiles": {"p75": 2198},
            },
            "interaction_to_next_paint": {"percentiles": {"p75": 180}},
            "cumulative_layout_shift": {
                "histogram": [
                    {"start": "0.00", "end": "0.10", "density": 0.95},
                    {"start": "0.10", "end": "0.25", "density": 0.05}, {"start": "0.25"},
                ],
                "percentiles": {"p75": "0.04"},
            },
            "experimental_time_to_first_byte": {"histogram": [], "percentiles": {"p75": 640}},
            "first_contentful_paint": {"percentiles": {}},
            "round_trip_time": {"percentiles": {"p75": 90}},
        },
        "collectionPeriod": {
            "firstDate": {"year": 2026, "month": 10, "day": 24}, "lastDate": {"year": 2026, "month": 11, "day": 20},
        },
    }
}  # fmt: skip
FIELD = {
    "LARGEST_CONTENTFUL_PAINT_MS": {
        "percentile": 2198, "category": "FAST",
        "distributions": [
            {"min": 0, "max": 2500, "proportion": 0.81}, {"min": 2500, "max": 4000, "proportion": 0.12},
            {"min": 4000, "proportion": 0.07},
        ],
    },
    "INTERACTION_TO_NEXT_PAINT": {"percentile": 240, "category": "AVERAGE"},
    "CUMULATIVE_LAYOUT_SHIFT_SCORE": {"percentile": 4, "category": "FAST"},
}  # fmt: skip
PSI: dict[str, Any] = {
    "id": "https://shop.example/",
    "analysisUTCTimestamp": "2026-11-23T09:41:00.000Z",
    "loadingExperience": {"id": "https://shop.example/", "overall_category": "AVERAGE", "metrics": FIELD},
    "originLoadingExperience": {"overall_category": "AVERAGE", "metrics": {}},
    "lighthouseResult": {
        "categories": {"performance": {"score": 0.83}},
        "audits": {
            "largest-contentful-paint": {"numericValue": 2410.2}, "server-response-time": {"numericValue": 96},
            "cumulative-layout-shift": {"numericValue": 0.012},
        },
        "runtimeError": None,
    },
}  # fmt: skip
NO_DATA = Reply({"error": {"code": 404, "message": "chrome ux report data not found", "status": "NOT_FOUND"}}, 404)
KINDS = {"crux": CRUX, "pagespeed": PSI}


@pytest.fixture
def service() -> Iterator[Api]:
    with api() as service:
        yield service


def collect(run: Run, service: Api, kind: str, more: str = "form_factors: phone") -> Said:
    Path("rules.yaml").write_text(
        f"sources:\n  {kind}:\n    {{key: {KEY}, pages: 'https://shop.example/', url: '{service.url}', timeout: 1s,\n"
        f"    {more}}}\n"
    )
    return run("source", "collect", "--storage", "kept.db", "--format", "json")


def test_crux_tells_seconds_ratios_and_shares(run: Run, service: Api) -> None:
    service.answer = lambda _: Reply(CRUX)
    said = collect(run, service, "crux")
    assert said.code == 0
    where = ("crux", "phone", "https://shop.example/")
    assert said.told == {
        ("lcp", *where): 2.198, ("inp", *where): 0.18, ("cls", *where): 0.04, ("ttfb", *where): 0.64,
    }  # fmt: skip
    shares = {
        (each["labels"]["name"], each["labels"]["rating"]): each["value"]
        for each in said.json["samples"] if each["metric"] == "web_vital_share"
    }  # fmt: skip
    assert shares == {
        ("lcp", "good"): 0.81, ("lcp", "needs improvement"): 0.12, ("lcp", "poor"): 0.07,
        ("cls", "good"): 0.95, ("cls", "needs improvement"): 0.05, ("cls", "poor"): 0.0,
    }  # fmt: skip
    (asked,) = service.asked
    assert (asked.method, asked.path, asked.params["key"]) == ("POST", "/v1/records:queryRecord", [KEY])
    body = json.loads(asked.body)
    assert (body["url"], body["formFactor"]) == ("https://shop.example/", "PHONE")


def test_crux_is_asked_for_an_origin_and_all_devices(run: Run, service: Api) -> None:
    service.answer = lambda _: Reply(CRUX)
    collect(run, service, "crux", "form_factors: [all, desktop]")
    Path("rules.yaml").write_text(
        f"sources: {{crux: {{key: a, pages: ['https://shop.example'], form_factors: all, url: '{service.url}'}}}}\n"
    )
    assert run("source", "test", "crux", "--format", "json").code == 0
    assert [sorted(json.loads(each.body)) for each in service.asked][-1] == ["metrics", "origin"]
    assert sorted(json.loads(each.body).get("formFactor", "") for each in service.asked[:2]) == ["", "DESKTOP"]


@pytest.mark.parametrize("density", [{}, {"density": 0}, {"density": 0.2}], ids=["none", "zero", "part of it"])
def test_shares_that_are_not_those_of_all_visits_are_not_told(
    run: Run, service: Api, density: dict[str, float]
) -> None:
    bins = [{"start": 0, "end": 2500, **density}, {"start": 2500, "end": 4000, **density}, {"start": 4000, **density}]
    lcp = {"largest_contentful_paint": {"histogram": bins, "percentiles": {"p75": 2198}}}
    service.answer = lambda _: Reply({"record": {"metrics": lcp}})
    said = collect(run, service, "crux")
    assert (said.code, {each["metric"] for each in said.json["samples"]}) == (0, {"web_vital"})


def test_too_few_visitors_are_no_outage_and_no_number(run: Run, service: Api) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(CRUX) if json.loads(asked.body).get("formFactor") == "PHONE" else NO_DATA

    service.answer = answer
    said = collect(run, service, "crux", "form_factors: [phone, tablet]")
    assert (said.code, len(said.told)) == (3, 4)
    (why,) = said.lost
    assert why.startswith("no data: the Chrome UX Report has none of https://shop.example/ on a tablet")


def test_page_speed_tells_visitors_and_its_own_run_apart(run: Run, service: Api) -> None:
    service.answer = lambda _: Reply(PSI)
    said = collect(run, service, "pagespeed")
    assert said.code == 0
    page = "https://shop.example/"
    assert said.told == {
        ("lcp", "pagespeed", "phone", page): 2.198, ("inp", "pagespeed", "phone", page): 0.24,
        ("cls", "pagespeed", "phone", page): 0.04, ("lcp", "lighthouse", "phone", page): 2.4102,
        ("cls", "lighthouse", "phone", page): 0.012, ("ttfb", "lighthouse", "phone", page): 0.096,
    }  # fmt: skip
    assert {each["value"] for each in said.json["samples"] if "score" in each["metric"]} == {0.83}
    (asked,) = service.asked
    assert (asked.path, asked.params["strategy"]) == ("/pagespeedonline/v5/runPagespeed", ["mobile"])


@pytest.mark.parametrize(
    "found",
    [
        {"loadingExperience": {"origin_fallback": True, "metrics": FIELD}},
        {"loadingExperience": {}, "originLoadingExperience": {"metrics": FIELD}},
    ],
    ids=["fallback", "no field data of the page"],
)
def test_what_page_speed_tells_of_the_origin_is_said_to_be_of_it(run: Run, service: Api, found: dict[str, Any]) -> None:
    service.answer = lambda _: Reply({**PSI, **found})
    said = collect(run, service, "pagespeed")
    assert {key[3] for key in said.told if key[1] == "pagespeed"} == {"https://shop.example"}


def test_pages_that_fall_back_to_their_origin_tell_it_once(run: Run, service: Api) -> None:
    service.answer = lambda _: Reply({**PSI, "loadingExperience": {"origin_fallback": True, "metrics": FIELD}})
    pages = "pages: ['https://shop.example/cart', 'https://shop.example', 'https://other.example/']"
    Path("rules.yaml").write_text(
        f"sources: {{pagespeed: {{key: {KEY}, {pages}, url: '{service.url}', form_factors: [phone, desktop]}}}}\n"
    )
    said = run("source", "collect", "--no-record", "--format", "json")
    assert (said.code, said.lost) == (0, [])
    assert {key[1:] for key in said.told if key[:2] == ("lcp", "pagespeed")} == {
        ("pagespeed", device, page)
        for device in ("phone", "desktop") for page in ("https://shop.example", "https://other.example")
    }  # fmt: skip


def test_a_run_that_failed_within_http_200_leaves_the_visitors_numbers(run: Run, service: Api) -> None:
    error = {"runtimeError": {"code": "NO_FCP", "message": "The page did not paint"}, "audits": {}}
    service.answer = lambda _: Reply({**PSI, "lighthouseResult": error})
    said = collect(run, service, "pagespeed")
    assert (said.code, said.lost) == (3, ["Lighthouse failed: NO_FCP: The page did not paint"])
    assert {key[1] for key in said.told} == {"pagespeed"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("reply", "what"),
    [
        (Reply({"error": {"code": 400, "message": "API key not valid."}}, 400), "API key not valid."),
        (Reply({"error": {"message": "denied"}}, 403), "403 Forbidden: denied"),
        (Reply({"error": {"message": "quota"}}, 429, {"Retry-After": "7"}), "asked again in 7 s"),
        (Reply(b"<html>not here", 404), "404 Not Found"),
        (Reply(b"<html>Bad Gateway", 502), "502 Bad Gateway"),
        (Reply(b"<html>hello"), "no JSON"),
        (Reply([]), ""),
        (Reply({"error": {"message": "odd"}}), ""),
        (Reply({"record": {"metrics": {"largest_contentful_paint": {"percentiles": {"p75": None}}}}}), ""),
        (Reply({"loadingExperience": {"metrics": [1]}, "lighthouseResult": "x"}), ""),
        (Reply({}, wait=3), ""),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Reply) else "",
)
def test_a_failure_is_said_and_leaves_nothing(run: Run, service: Api, kind: str, reply: Reply, what: str) -> None:
    service.answer = lambda _: reply
    said = collect(run, service, kind)
    (lost,) = [each for each in said.json["samples"] if each["value"] is None]
    assert said.code == 3
    assert lost["error"]
    assert what in lost["error"] + lost["hint"]
    assert KEY not in said.out + said.err
    with open_store("kept.db") as store:
        assert not store.series()
