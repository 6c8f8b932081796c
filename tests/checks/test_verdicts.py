"""What an answer means: the table of verdicts that the guide, Shopify, Stripe and BigBuy ask for."""

from __future__ import annotations

import time
from typing import Any

import pytest

from dropmon.model import Status, Verdict
from tests.checks.conftest import Look
from tests.checks.servers import Behaviour, answer, serving

BIGBUY_LIMIT = ("X-Ratelimit-Reset: 99999999999",)
SHOP = b'{"shop": {"id": 548380009, "rate": 0.9, "errors": 0, "name": "Acme", "ok": true, "none": null}}'

TABLE: dict[str, tuple[Behaviour, dict[str, Any], Verdict, str]] = {
    "200": (answer(), {}, Verdict.HEALTHY, ""),
    "204 without a body": (answer(b"", "204 No Content"), {}, Verdict.HEALTHY, ""),
    "401 without a token": (answer(b"", "401 Unauthorized"), {}, Verdict.AUTH_FAILED, "HTTP 401: no token was sent"),
    "403 without a token": (answer(b"", "403 Forbidden"), {}, Verdict.AUTH_FAILED, "HTTP 403: no token was sent"),
    "402": (answer(b"", "402 Payment Required"), {}, Verdict.DOWN, "frozen"),
    "404": (answer(b"", "404 Not Found"), {}, Verdict.DOWN, "no such address"),
    "418": (answer(b"", "418 Teapot"), {}, Verdict.DOWN, "HTTP 418"),
    "423": (answer(b"", "423 Locked"), {}, Verdict.DOWN, "locked"),
    "429": (answer(b"", "429 Too Many Requests"), {}, Verdict.RATE_LIMITED, "throttle"),
    "500": (answer(b"", "500 Oops"), {}, Verdict.DOWN, "on their side"),
    "503": (answer(b"", "503 Unavailable"), {}, Verdict.DOWN, "on their side"),
    "530": (answer(b"", "530 Frozen"), {}, Verdict.DOWN, "on their side"),
    "an expected 404": (answer(b"", "404 Not Found"), {"status": [200, 404]}, Verdict.HEALTHY, ""),
    "an expected class": (answer(b"", "302 Found"), {"status": "3xx"}, Verdict.HEALTHY, ""),
    "an unexpected 200": (answer(), {"status": 204}, Verdict.DOWN, "HTTP 200"),
    "BigBuy: throttle text": (
        answer(b"You exceeded the rate limit", headers=BIGBUY_LIMIT),
        {},
        Verdict.RATE_LIMITED,
        "throttle",
    ),
    "BigBuy: soft error": (
        answer(b'{"code":500,"message":"Something went wrong"}'),
        {},
        Verdict.DOWN,
        "error inside HTTP 200: 500",
    ),
    "BigBuy: ER003": (answer(b'{"code":"ER003","message":"no"}'), {}, Verdict.DOWN, "error inside HTTP 200: ER003"),
    "BigBuy: answer in answer": (
        answer(b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>"),
        {},
        Verdict.DOWN,
        "502 Bad Gateway",
    ),
    "data that has a code": (answer(b'{"code":500,"message":"hi","items":[]}'), {}, Verdict.HEALTHY, ""),
    "data whose code is small": (answer(b'{"code":0,"message":"OK"}'), {}, Verdict.HEALTHY, ""),
    "contains": (answer(b"all is well"), {"contains": "well"}, Verdict.HEALTHY, ""),
    "contains not": (answer(b"all is well"), {"contains": ["all", "ill"]}, Verdict.DOWN, 'does not contain "ill"'),
    "json exists": (answer(SHOP), {"json": {"shop.id": "exists"}}, Verdict.HEALTHY, ""),
    "json does not exist": (answer(SHOP), {"json": {"shop.town": "exists"}}, Verdict.DOWN, "shop.town is missing"),
    "json equal": (answer(SHOP), {"json": {"shop.name": "Acme", "shop.ok": True}}, Verdict.HEALTHY, ""),
    "json not equal": (answer(SHOP), {"json": {"shop.name": "Bcme"}}, Verdict.DOWN, 'shop.name is "Acme", not "Bcme"'),
    "json float": (answer(SHOP), {"json": {"shop.rate": "> 0.5"}}, Verdict.HEALTHY, ""),
    "json float, not": (answer(SHOP), {"json": {"shop.rate": "< 0.5"}}, Verdict.DOWN, "shop.rate is 0.9, not < 0.5"),
    "json zero is a value": (answer(SHOP), {"json": {"shop.errors": "< 1"}}, Verdict.HEALTHY, ""),
    "json missing is unknown": (
        answer(SHOP),
        {"json": {"shop.sales": "< 1"}},
        Verdict.UNKNOWN,
        "shop.sales is missing",
    ),
    "json missing, equality": (answer(SHOP), {"json": {"shop.sales": 0}}, Verdict.UNKNOWN, "shop.sales is missing"),
    "json null is wanted": (answer(SHOP), {"json": {"shop.none": None}}, Verdict.HEALTHY, ""),
    "json true is not 1": (answer(SHOP), {"json": {"shop.ok": 1}}, Verdict.DOWN, "shop.ok is true"),
    "json text is not a number": (answer(SHOP), {"json": {"shop.name": "> 1"}}, Verdict.UNKNOWN, "not a number"),
    "json differs": (answer(SHOP), {"json": {"shop.name": "!= Bcme"}}, Verdict.HEALTHY, ""),
    "not json": (answer(b"<html>busy</html>"), {"json": {"a": 1}}, Verdict.DOWN, "not JSON: <html>busy</html>"),
    "deep json": (answer(b"[" * 100_000), {"json": {"a": 1}}, Verdict.DOWN, "not JSON"),
    "header": (answer(headers=("X-A: b",)), {"headers": {"x-a": "b", "X-A": "exists"}}, Verdict.HEALTHY, ""),
    "header differs": (answer(headers=("X-A: c",)), {"headers": {"X-A": "b"}}, Verdict.DOWN, 'header X-A is "c"'),
    "header missing": (answer(), {"headers": {"X-A": "b"}}, Verdict.DOWN, "header X-A is missing"),
}


@pytest.mark.parametrize(("behave", "expect", "verdict", "sentence"), TABLE.values(), ids=TABLE)
def test_an_answer_has_its_verdict(
    look: Look, behave: Behaviour, expect: dict[str, Any], verdict: Verdict, sentence: str
) -> None:
    with serving(behave) as server:
        outcome = look("apis", url=server.url(), expect=expect)

    assert outcome.verdict is verdict, outcome.error
    assert sentence in outcome.error
    assert bool(outcome.hint) is (verdict is not Verdict.HEALTHY)


@pytest.mark.parametrize(("code", "words"), [(401, "token expired or revoked"), (403, "lacks a permission")])
def test_a_refused_token_is_called_so(look: Look, code: int, words: str) -> None:
    with serving(answer(b"", f"{code} No")) as server:
        outcome = look("apis", url=server.url(), headers={"X-Token": "t"})

    assert (outcome.verdict, words in outcome.error) == (Verdict.AUTH_FAILED, True)


def test_an_error_page_for_head_is_not_looked_for(look: Look) -> None:
    with serving(answer(b"{}")) as server:
        assert look("apis", url=server.url("/shop.json"), method="HEAD").verdict is Verdict.HEALTHY


def test_each_verdict_has_the_status_that_the_guide_gives_it() -> None:
    assert {verdict.name: verdict.status for verdict in Verdict} == {
        "HEALTHY": Status.OK,
        "DEGRADED": Status.WARNING,
        "RATE_LIMITED": Status.WARNING,
        "AUTH_FAILED": Status.CRITICAL,
        "DOWN": Status.CRITICAL,
        "UNKNOWN": Status.UNKNOWN,
    }


def test_slower_than_max_time_is_degraded(look: Look) -> None:
    def slow(connection: Any, request: bytes) -> None:
        time.sleep(0.15)
        answer()(connection, request)

    with serving(slow) as server:
        assert look("apis", url=server.url(), expect={"max_time": "100ms"}).verdict is Verdict.DEGRADED
        assert "slow first byte" in look("web", url=server.url(), expect={"max_ttfb": "100ms"}).error
        assert look("apis", url=server.url(), expect={"max_time": "2s"}).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("served", "verdict"), [("2026-10", Verdict.HEALTHY), ("2025-10", Verdict.DEGRADED)], ids=["as asked", "retired"]
)
def test_shopify_serving_another_version_is_seen(look: Look, served: str, verdict: Verdict) -> None:
    with serving(answer(SHOP, headers=(f"X-Shopify-API-Version: {served}",))) as server:
        outcome = look("apis", url=server.url("/admin/api/2026-10/shop.json"))

    assert outcome.verdict is verdict
    assert ("was served 2025-10" in outcome.error) is (verdict is Verdict.DEGRADED)


def test_an_empty_body_where_json_was_promised_is_down(look: Look) -> None:
    with serving(answer(b"")) as server:
        outcome = look("apis", url=server.url("/rest/catalog/languages.json"))

    assert "empty body" in outcome.error


def test_the_phases_add_up_to_the_duration(look: Look) -> None:
    def slow(connection: Any, request: bytes) -> None:
        time.sleep(0.05)
        answer(b"x" * 200_000)(connection, request)

    with serving(slow) as server:
        outcome = look("apis", url=f"http://localhost:{server.port}/")

    phases = outcome.phases
    assert phases.tls is None
    assert 0.05 <= (phases.ttfb or 0) < 0.1
    total = sum(part or 0 for part in (phases.dns, phases.connect, phases.ttfb, phases.transfer))
    assert total == pytest.approx(outcome.duration, abs=0.002)


def test_credentials_go_out_as_they_were_written(look: Look) -> None:
    with serving(answer()) as server:
        look(
            "apis",
            url=server.url("/x?y=1"),
            method="POST",
            body='{"a": "é"}',
            headers={"X-Token": 'a: b # c "d" $e', "Content-Type": "application/json"},
            login={"username": "us:er", "password": "p@ss é"},
        )

    request = server.seen[0].decode()
    assert request.startswith("POST /x?y=1 HTTP/1.1\r\n")
    assert 'X-Token: a: b # c "d" $e\r\n' in request
    assert "Authorization: Basic " in request


def test_the_environments_proxy_is_not_used_but_the_rules_is(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with serving(answer()) as server:
        assert look("apis", url=server.url()).verdict is Verdict.HEALTHY
        outcome = look("apis", url="http://shop.example.com/a", proxy=server.url())

    assert outcome.verdict is Verdict.HEALTHY
    assert server.seen[1].startswith(b"GET http://shop.example.com/a HTTP/1.1")


def test_a_head_request_reads_no_body(look: Look) -> None:
    with serving(answer(b"x" * 100)) as server:
        assert look("apis", url=server.url(), method="HEAD").verdict is Verdict.HEALTHY
    assert server.seen[0].startswith(b"HEAD /")
