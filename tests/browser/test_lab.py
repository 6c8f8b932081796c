"""A page in a real Chromium: what is measured of it, and what of the browser stays behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dropmon.browser import chromium, lab
from dropmon.browser.devtools import BrowserError, Devtools
from tests.requirements import need
from tests.vitals.shop import Page, Shop, shop

QUICK = "<!doctype html><title>Shop</title><h1>Two thousand drops of rain</h1>"
MOVES = "setTimeout(() => document.querySelector('div').style.height = '400px', 300)"
MOVING = f"{QUICK}<div></div><p>below</p><script>{MOVES}</script>"
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='900' height='600'>"
PICTURE = f"{SVG}<rect width='900' height='600' fill='red'/><!--{'x' * 20000}--></svg>"  # a small file is no content
DESKTOP, PHONE = lab.DEVICES["desktop"], lab.DEVICES["phone"]


@pytest.fixture(scope="module")
def open_shop() -> Iterator[Shop]:
    with shop() as found:
        found.pages = {
            "/": Page(QUICK), "/late": Page(QUICK, wait=0.7), "/moving": Page(MOVING), "/broken": Page(QUICK, 503),
            "/moved": Page("", 302, location="/"), "/never": Page(QUICK, wait=20),
            "/image": Page(QUICK + "<img src=/slow.svg width=900 height=600>"),
            "/slow.svg": Page(PICTURE, type="image/svg+xml", wait=0.8),
            "/busy": Page(QUICK + "<script>setInterval(() => fetch('/'), 200)</script>"),
            "/loop": Page(QUICK + "<script>for (;;);</script>"),
            "/asks": Page(QUICK + "<script>alert(1); confirm(2); prompt(3)</script>"),
            "/script": Page("<script>location.href = '/'</script>"),
        }  # fmt: skip
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Devtools]:
    with chromium.opened(need("chromium"), time.monotonic() + 120) as found:
        yield found


def measured(browser: Devtools, shop: Shop, path: str, device: lab.Device = DESKTOP) -> dict[str, float]:
    run = lab.measure(browser, shop.url + path, device, 15)
    assert run.error == ""
    return dict(run.vitals)


@pytest.mark.slow
def test_every_vital_but_inp_is_measured(browser: Devtools, open_shop: Shop) -> None:
    found = measured(browser, open_shop, "/")
    assert set(found) == {"lcp", "cls", "ttfb", "fcp", "load"}
    assert found["cls"] == 0
    assert 0 < found["ttfb"] <= found["fcp"] <= found["lcp"] < 5000


@pytest.mark.slow
def test_a_server_that_thinks_is_seen_in_all_of_them(browser: Devtools, open_shop: Shop) -> None:
    found = measured(browser, open_shop, "/late")
    assert all(found[name] >= 700 for name in ("ttfb", "fcp", "lcp", "load"))


@pytest.mark.slow
def test_what_comes_late_and_large_is_the_largest_paint(browser: Devtools, open_shop: Shop) -> None:
    found = measured(browser, open_shop, "/image")
    assert found["lcp"] >= 800 > found["fcp"]
    assert found["load"] >= 800


@pytest.mark.slow
def test_what_moves_after_loading_is_a_shift(browser: Devtools, open_shop: Shop) -> None:
    found = measured(browser, open_shop, "/moving")
    assert 0.001 < found["cls"] < 1


@pytest.mark.slow
def test_a_redirect_is_followed_and_a_question_answered(browser: Devtools, open_shop: Shop) -> None:
    for path, end in (("/moved", "/"), ("/script", "/"), ("/asks", "/asks")):
        run = lab.measure(browser, open_shop.url + path, DESKTOP, 15)
        assert set(run.vitals) >= {"lcp", "load"}
        assert run.url == open_shop.url + end


@pytest.mark.slow
def test_a_page_that_never_rests_is_measured_all_the_same(browser: Devtools, open_shop: Shop) -> None:
    began = time.monotonic()
    assert measured(browser, open_shop, "/busy")["load"] > 0
    assert time.monotonic() - began < lab.SETTLING + 5


@pytest.mark.slow
def test_a_phone_is_slower(browser: Devtools, open_shop: Shop) -> None:
    assert measured(browser, open_shop, "/", PHONE)["fcp"] > 500


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/broken", "HTTP 503: the error page was not measured"),
        ("/gone", "HTTP 404"),
        ("/never", "was not there within 1 s"),
        ("/loop", "was not there within 1 s"),
    ],
)
def test_what_is_not_the_page_has_no_numbers(browser: Devtools, open_shop: Shop, path: str, what: str) -> None:
    run = lab.measure(browser, open_shop.url + path, DESKTOP, 1)
    assert what in run.error
    assert run.hint
    assert not run.vitals


def test_nobody_who_listens_is_said(browser: Devtools) -> None:
    run = lab.measure(browser, "http://127.0.0.1:9999/", DESKTOP, 5)
    assert run.error == "the page cannot be opened: net::ERR_CONNECTION_REFUSED"


@pytest.mark.slow
def test_one_visit_knows_nothing_of_another(browser: Devtools, open_shop: Shop) -> None:
    open_shop.pages["/cookie"] = Page(
        QUICK + "<script>document.title = document.cookie; document.cookie = 'a=b'</script>"
    )
    for _ in range(2):
        context = browser.call("Target.createBrowserContext")["browserContextId"]
        target = browser.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        lab.visit(browser, session, open_shop.url + "/cookie", 0.5)
        title = browser.call("Runtime.evaluate", session, expression="document.title")["result"]["value"]
        assert "a=b" not in title
        browser.call("Target.disposeBrowserContext", browserContextId=context)


SCRIPT = """
import sys, time
from dropmon.browser import chromium
with chromium.opened({path!r}, time.monotonic() + 30) as browser:
    print(browser.call("Browser.getVersion")["product"], flush=True)
    {then}
"""


def traces() -> set[str]:
    return {each.name for each in Path(os.environ.get("TMPDIR", "/tmp")).glob("dropmon-browser-*")}


def children(folders: set[str]) -> list[str]:
    said = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [line for line in said.splitlines() if any(folder in line for folder in folders)]


@pytest.mark.slow
@pytest.mark.parametrize("then", ["pass", "raise RuntimeError", "raise KeyboardInterrupt", "browser.until = 0"])
def test_nothing_stays_behind_however_it_ends(then: str, tmp_path: Path) -> None:
    path = need("chromium")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(path=path, then=then)], capture_output=True, text=True, timeout=40,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout.startswith(("Chrom", "Headless"))
    assert list(tmp_path.glob("dropmon-browser-*")) == []
    assert children({str(tmp_path)}) == []


@pytest.mark.slow
def test_a_browser_that_dies_is_said(open_shop: Shop) -> None:
    with (
        pytest.raises(BrowserError, match="ended by itself"),
        chromium.opened(need("chromium"), time.monotonic() + 30) as own,
    ):
        own.call("Browser.crash")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "what"),
    [("/bin/true", "ended by itself"), ("silent", "did not answer in time"), ("/etc/passwd", "does not start")],
)
def test_what_is_no_browser_is_said(path: str, what: str, tmp_path: Path) -> None:
    if path == "silent":
        (tmp_path / path).write_text("#!/bin/sh\nexec sleep 30\n")
        (tmp_path / path).chmod(0o755)
        path = str(tmp_path / path)
    with pytest.raises(BrowserError, match=what), chromium.opened(path, time.monotonic() + 1):
        pass


@pytest.mark.slow
def test_a_browser_that_is_named_is_the_only_one() -> None:
    with pytest.raises(BrowserError, match="there is no browser 'netscape'"):
        chromium.find("netscape")
