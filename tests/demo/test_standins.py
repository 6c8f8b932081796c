"""Each stand-in answers as the real one does, and fails as the real one does."""

from __future__ import annotations

import base64
import re
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import dns.message
import dns.query
import dns.rcode
import pytest

from dropmon.demo.standin import SLOWNESS
from dropmon.demo.standins.shopify import BUCKET, supported

if TYPE_CHECKING:
    from collections.abc import Callable

    from dropmon.demo.standin import Stage

    Ask = Callable[..., Any]

CURRENT = supported(datetime.now(UTC))[-1]
OLDEST = supported(datetime.now(UTC))[0]
SHOP = f"/admin/api/{CURRENT}/shop.json"
SHOPIFY = {"X-Shopify-Access-Token": "shpat_demo_maison-verte"}
STRIPE = {"Authorization": "Bearer sk_demo_not_a_real_key"}
BASIC = {"Authorization": "Basic " + base64.b64encode(b"sk_demo_not_a_real_key:").decode()}
BIGBUY = {"Authorization": "Bearer bigbuy_demo_not_a_real_key"}
SUPABASE = {"apikey": "sb_publishable_demo_not_a_real_key"}
BEARER = {"Authorization": f"Bearer {SUPABASE['apikey']}"}
LANGUAGES = "/rest/catalog/languages.json"
MONITORING = "/functions/v1/monitoring"


class Case(NamedTuple):
    name: str
    path: str
    headers: dict[str, str]
    status: int
    says: str  # in the body
    header: tuple[str, str] | None = None  # its name, and a pattern of its value


WORKING = [
    Case("shopify", SHOP, SHOPIFY, 200, '"name": "Maison Verte"', ("X-Shopify-Shop-Api-Call-Limit", r"\d+/40")),
    Case("shopify", SHOP, SHOPIFY, 200, '"currency": "EUR"', ("X-Shopify-API-Version", CURRENT)),
    Case("shopify", "/admin/api/2024-01/shop.json", SHOPIFY, 200, "shop", ("X-Shopify-API-Version", OLDEST)),
    Case("shopify", "/admin/api/2999-01/shop.json", SHOPIFY, 404, '"errors": "Not Found"'),
    Case("shopify", SHOP, {}, 401, "[API] Invalid API key or access token"),
    Case("shopify", SHOP, {"X-Shopify-Access-Token": "shpat_other"}, 401, "[API] Invalid API key or access token"),
    Case("stripe", "/v1/balance", STRIPE, 200, '"object": "balance"', ("Request-Id", r"req_\w{14}")),
    Case("stripe", "/v1/balance", BASIC, 200, '"currency": "eur"'),
    Case("stripe", "/v1/balance", {}, 401, "You did not provide an API key", ("Stripe-Should-Retry", "false")),
    Case("stripe", "/v1/balance", {"Authorization": "Bearer sk_test_abcdefgh"}, 401, "sk_test_****efgh"),
    Case("stripe", "/v1/balance", {"Authorization": "Basic ###"}, 401, "invalid_request_error"),
    Case("stripe", "/v1/nothing", STRIPE, 404, "Unrecognized request URL (GET: /v1/nothing)"),
    Case("bigbuy", LANGUAGES, BIGBUY, 200, '"isoCode": "es"'),
    Case("bigbuy", LANGUAGES, {}, 401, '"code": 401'),
    Case("bigbuy", "/rest/catalog/nothing.json", BIGBUY, 200, ""),
    Case("storefront", "/", {}, 200, "<title>Drop Craft AI", ("Content-Type", "text/html; charset=utf-8")),
    Case("storefront", "/nothing", {}, 404, "introuvable"),
    Case("functions", MONITORING, SUPABASE, 200, '"status": "ok"'),
    Case("functions", "/functions/v1/order-sync", BEARER, 200, '"synced": 12'),
    Case("functions", MONITORING, {}, 401, "Missing auth", ("sb-error-code", "UNAUTHORIZED_NO_AUTH_HEADER")),
    Case("functions", "/functions/v1/nothing", SUPABASE, 404, "not found", ("sb-error-code", "NOT_FOUND")),
    Case("status", "/stripe/api/v2/summary.json", {}, 200, '"indicator": "none"'),
    Case("status", "/nobody/api/v2/summary.json", {}, 404, "404"),
]

RESET = ("X-Ratelimit-Reset", r"\d{10}")
BROKEN = [
    ("shopify=down", Case("shopify", SHOP, SHOPIFY, 503, '"errors"')),
    ("shopify=auth", Case("shopify", SHOP, SHOPIFY, 401, "[API] Invalid API key")),
    ("shopify=limit", Case("shopify", SHOP, SHOPIFY, 429, "Exceeded 2 calls per second", ("Retry-After", r"\d+\.\d"))),
    ("shopify=wrong", Case("shopify", SHOP, SHOPIFY, 200, '{"shop": {}}')),
    ("stripe=down", Case("stripe", "/v1/balance", STRIPE, 503, "api_error", ("Stripe-Should-Retry", "true"))),
    ("stripe=auth", Case("stripe", "/v1/balance", STRIPE, 401, "sk_demo_****_key", ("Request-Id", "req_.*"))),
    ("stripe=limit", Case("stripe", "/v1/balance", STRIPE, 429, '"code": "rate_limit"')),
    ("stripe=empty", Case("stripe", "/v1/balance", STRIPE, 200, "")),
    ("bigbuy=down", Case("bigbuy", LANGUAGES, BIGBUY, 502, "<h1>502 Bad Gateway</h1>")),
    ("bigbuy=wrong", Case("bigbuy", LANGUAGES, BIGBUY, 200, '{"code": 500, "message": "Something went wrong"}')),
    ("bigbuy=limit", Case("bigbuy", LANGUAGES, BIGBUY, 429, "You exceeded the rate limit", RESET)),
    ("functions=down", Case("functions", MONITORING, SUPABASE, 503, "BOOT_ERROR", ("sb-error-code", "BOOT_ERROR"))),
    ("functions=limit", Case("functions", MONITORING, SUPABASE, 546, "WORKER_RESOURCE_LIMIT")),
    ("storefront=down", Case("storefront", "/", {}, 503, "503")),
    ("storefront=limit", Case("storefront", "/", {}, 429, "429", ("Retry-After", "30"))),
]


def told(standins: Stage, ask: Ask, case: Case) -> None:
    said = ask(standins.cast[case.name].url + case.path, case.headers)
    assert said.status == case.status
    assert case.says in said.body.decode() if case.says else said.body == b""
    if case.header:
        assert re.fullmatch(case.header[1], said.headers[case.header[0]])


@pytest.mark.parametrize("case", WORKING, ids=lambda case: f"{case.name} {case.status} {case.says[:20]}")
def test_a_working_stand_in_answers_as_the_real_one(standins: Stage, ask: Ask, case: Case) -> None:
    told(standins, ask, case)


@pytest.mark.parametrize(("fault", "case"), BROKEN, ids=[fault for fault, _ in BROKEN])
def test_a_broken_stand_in_fails_as_the_real_one(standins: Stage, ask: Ask, fault: str, case: Case) -> None:
    standins.suffer(*fault.split("="))
    told(standins, ask, case)


def test_a_slow_one_gives_the_right_answer_late(standins: Stage, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    monkeypatch.setattr("dropmon.demo.standin.time.sleep", asked.append)
    standins.suffer("stripe", "slow")
    told(standins, ask, WORKING[6])
    assert asked == [SLOWNESS]


def test_the_bucket_of_one_shop_overflows_and_not_its_neighbours(standins: Stage, ask: Ask) -> None:
    url = standins.cast["shopify"].url + SHOP
    token = {"X-Shopify-Access-Token": "shpat_demo_busy"}
    answers = [ask(url, token) for _ in range(BUCKET + 5)]
    assert [said.status for said in answers[:BUCKET]] == [200] * BUCKET
    assert answers[-1].status == 429
    assert 0 < float(answers[-1].headers["Retry-After"]) <= 1
    assert answers[-1].headers["X-Shopify-Shop-Api-Call-Limit"] == "40/40"
    assert ask(url, SHOPIFY).status == 200


@pytest.mark.parametrize(
    ("how", "indicator", "component"),
    [("down", "critical", "major_outage"), ("slow", "minor", "degraded_performance"),
     ("wrong", "major", "partial_outage"), ("auth", "none", "operational"), ("limit", "none", "operational")],
)  # fmt: skip
def test_the_status_page_admits_what_is_theirs(
    standins: Stage, ask: Ask, how: str, indicator: str, component: str
) -> None:
    standins.suffer("bigbuy", how)
    summary = ask(standins.cast["status"].url + "/bigbuy/api/v2/summary.json").json
    assert summary["status"]["indicator"] == indicator
    assert [part["status"] for part in summary["components"]] == [component]
    assert len(summary["incidents"]) == (indicator != "none")


@pytest.mark.parametrize(
    ("request_", "status", "fault"),
    [("POST /demo/break?name=stripe&how=auth", 200, "auth"), ("POST /demo/break?name=stripe", 200, "down"),
     ("POST /demo/mend?name=stripe", 200, None), ("GET /demo", 200, None),
     ("POST /demo/break?name=nobody", 400, None), ("POST /demo/break?name=stripe&how=loudly", 400, None),
     ("GET /demo/break?name=stripe", 404, None)],
)  # fmt: skip
def test_the_switchboard_breaks_and_mends_while_all_run(
    standins: Stage, ask: Ask, request_: str, status: int, fault: str | None
) -> None:
    method, path = request_.split()
    said = ask(standins.cast["control"].url + path, method=method)
    assert said.status == status
    assert standins.faults["stripe"] == fault
    if status == 200:
        assert said.json["stripe"] == fault


def lines(port: int, *commands: bytes) -> list[bytes]:
    with socket.create_connection(("127.0.0.1", port), 5) as line, line.makefile("rb") as answers:
        line.sendall(b"".join(command + b"\r\n" for command in commands))
        return [answer[:3] for answer in answers]


def test_the_mail_server_greets_and_says_goodbye(standins: Stage) -> None:
    said = lines(standins.cast["smtp"].port, b"EHLO me", b"MAIL FROM:<a@b>", b"QUIT")
    assert said == [b"220", b"250", b"530", b"221"]


def test_a_mail_server_that_is_down_does_not_listen_until_it_is_mended(standins: Stage) -> None:
    port = standins.cast["smtp"].port
    standins.suffer("smtp", "down")
    with pytest.raises(ConnectionRefusedError):
        lines(port)
    standins.suffer("smtp", "limit")
    assert lines(port) == [b"421"]
    standins.suffer("smtp", None)
    assert lines(port, b"QUIT") == [b"220", b"221"]


@pytest.mark.parametrize(
    ("name", "kind", "how", "code", "values"),
    [("shop.drop-craft-ai.example", "A", None, dns.rcode.NOERROR, ["127.0.0.1"]),
     ("shop.drop-craft-ai.example", "MX", None, dns.rcode.NOERROR, []),
     ("other.example", "A", None, dns.rcode.NXDOMAIN, []),
     ("shop.drop-craft-ai.example", "A", "wrong", dns.rcode.NOERROR, ["203.0.113.9"]),
     ("shop.drop-craft-ai.example", "A", "auth", dns.rcode.REFUSED, [])],
)  # fmt: skip
def test_the_name_server_knows_its_zone(
    standins: Stage, name: str, kind: str, how: Any, code: int, values: list[str]
) -> None:
    standins.suffer("dns", how)
    answer = dns.query.udp(dns.message.make_query(name, kind), "127.0.0.1", 5, standins.cast["dns"].port)
    assert answer.rcode() == code
    assert [str(record) for rrset in answer.answer for record in rrset] == values


def test_everything_listens_on_loopback_only(standins: Stage) -> None:
    for name, standin in standins.cast.items():
        if name == "database":  # listens by itself
            continue
        assert standin._server
        assert standin._server.socket.getsockname()[0] == "127.0.0.1"


def test_a_client_that_hangs_up_or_talks_nonsense_disturbs_nobody(
    standins: Stage, ask: Ask, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("stripe", "smtp"):
        with socket.create_connection(("127.0.0.1", standins.cast[name].port)) as line:
            line.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.sendto(b"?", ("127.0.0.1", standins.cast["dns"].port))
    told(standins, ask, WORKING[6])
    assert capfd.readouterr() == ("", "")
