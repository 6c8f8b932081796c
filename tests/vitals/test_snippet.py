"""The script that we print, in a real browser, whose beacons land in a real PostgreSQL."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from dropmon import postgres
from dropmon.browser import chromium
from dropmon.browser.devtools import Devtools
from dropmon.demo.database import Server
from dropmon.vitals import beacons
from dropmon.vitals.vital import VITALS
from tests.requirements import need
from tests.vitals.conftest import Run
from tests.vitals.shop import Page, Shop, module, shop

HTML = """<!doctype html><title>Shop</title>
<script type="importmap">{"imports": {"web-vitals": "/web-vitals.js"}}</script>
<script type="module" src="/vitals.js"></script>
<h1>Two thousand drops of rain</h1><p>and a <button onclick="work()">button</button></p>
<script>
const work = () => { const until = performance.now() + 60; while (performance.now() < until); };
setTimeout(() => document.querySelector('h1').style.marginTop = '200px', 100);
</script>"""


@pytest.fixture
def open_shop(server: Server) -> Iterator[Shop]:
    """The shop, its table, and PostgREST's way of adding rows: as anon, for whoever has the key."""
    server.run("drop table if exists public.web_vitals; " + beacons.definition())

    def rest(table: str, headers: dict[str, str], rows: list[dict[str, Any]]) -> None:
        assert (headers["apikey"], headers["content-type"]) == ("sb_publishable_x", "application/json")
        names = ", ".join(rows[0])
        with psycopg.connect(server.url_of("web")) as connection:
            connection.execute("set role anon")
            sql = f"insert into {table} ({names}) select {names} from json_populate_recordset(null::{table}, %s)"
            connection.execute(sql, (json.dumps(rows),))

    with shop() as found:
        found.rest = rest
        yield found


def clicked(browser: Devtools, session: str) -> None:
    where = "JSON.stringify(document.querySelector('button').getBoundingClientRect())"
    box = json.loads(browser.call("Runtime.evaluate", session, expression=where)["result"]["value"])
    for kind in ("mousePressed", "mouseReleased"):
        browser.call(
            "Input.dispatchMouseEvent", session, type=kind, x=box["x"] + 5, y=box["y"] + 5, button="left", clickCount=1
        )


def landed(server: Server) -> list[dict[str, str]]:
    """What has been added, as soon as it is all that there is to come."""
    until = time.monotonic() + 10
    while True:
        found = postgres.rows(server.url, "select * from web_vitals", 5)
        if {each["name"] for each in found} == set(VITALS) or time.monotonic() > until:
            return found
        time.sleep(0.1)


@pytest.mark.slow
def test_what_a_visitor_waited_for_lands_in_the_table_and_is_told(run: Run, server: Server, open_shop: Shop) -> None:
    script = run("vitals", "snippet", "--url", open_shop.url, "--key", "sb_publishable_x")
    assert script.code == 0
    open_shop.pages = {
        "/order/1234567/me": Page(HTML), "/vitals.js": Page(script.out, type="text/javascript"),
        "/web-vitals.js": Page(module(), type="text/javascript"),
    }  # fmt: skip
    with chromium.opened(need("chromium"), time.monotonic() + 40) as browser:
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        browser.call("Page.navigate", session, url=f"{open_shop.url}/order/1234567/me?token=s3cret#top")
        time.sleep(1.5)
        clicked(browser, session)
        time.sleep(0.7)
        browser.call("Page.navigate", session, url="about:blank")
        found = landed(server)

    assert open_shop.refused == []
    assert {each["name"] for each in found} == set(VITALS)
    assert {(each["path"], each["form_factor"], each["navigation_type"]) for each in found} == {
        ("/order/:id/me", "desktop", "navigate")
    }
    values = {each["name"]: float(each["value"]) for each in found}
    assert 0 < values["cls"] < 1
    assert 50 <= values["inp"] < 2000
    assert "s3cret" not in str(found)

    with postgres.connected(server.url, 5) as reading:
        told = list(beacons.read(postgres.ask(reading, beacons.query(), {"seconds": 600.0, "path": ""})))
    assert {each.vital: each.p75 for each in told}["inp"] == pytest.approx(values["inp"] / 1000)


def test_what_is_printed_cannot_leave_its_script(run: Run) -> None:
    said = run("vitals", "snippet", "--url", "https://x.example/</script>", "--key", '"; alert(1) //')
    assert "</script>" not in said.out
    assert '"\\"; alert(1) //"' in said.out


def token(**claims: str) -> str:
    return ".".join(
        urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=")
        for each in ({"alg": "HS256"}, claims, "s3cret")
    )


@pytest.mark.parametrize(
    ("url", "key", "what"),
    [
        ("https://a.example", "sb_secret_s3cret", "--key is a secret key"),
        ("https://a.example", " SB_SECRET_s3cret", "--key is a secret key"),
        ("https://a.example", token(role="service_role"), "--key is a token of the role service_role"),
        ("https://a.example", token(sub="x"), "--key is a token that names no role"),
        ("https://a.example", "eyJs3cret", "--key is a token that names no role"),
        ("postgresql://postgres:s3cret@a.example/x", "sb_publishable_x", "--url is no address of a web server"),
        ("a.example", "sb_publishable_x", "--url is no address of a web server"),
        ("https://me:s3cret@a.example", "sb_publishable_x", "--url holds a user or a password"),
    ],
)
def test_no_secret_gets_into_a_page(run: Run, url: str, key: str, what: str) -> None:
    said = run("vitals", "snippet", "--url", url, "--key", key)
    assert (said.code, said.out) == (3, "")
    assert what in said.err
    assert "s3cret" not in said.err
    assert key.strip() not in said.err or key == "sb_publishable_x"


@pytest.mark.parametrize("key", ["sb_publishable_x", token(role="anon")])
def test_a_key_that_may_be_shown_is_in_the_page(run: Run, key: str) -> None:
    said = run("vitals", "snippet", "--url", "https://a.example/", "--key", key)
    assert said.code == 0
    assert f'KEY = "{key}"' in said.out
    assert "https://a.example/rest/v1/web_vitals" in said.out
