"""A lab run: a page is opened as a first-time visitor would, and measured as web-vitals does in visitors' browsers.

What a visitor would have to do is not measured: INP needs somebody who clicks.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, NamedTuple

from dropmon.browser.devtools import BrowserError, Devtools

CALM = 1500.0  # milliseconds without anything new after which a page has settled
LOOK = 0.1  # seconds between two looks at it
PATIENCE = 1.0  # seconds beyond a page's time in which the browser itself must answer
SETTLING = 10.0  # seconds after `load` at the most: some pages never rest


class Device(NamedTuple):
    """What the page is opened on. Throughput in bytes per second, latency in milliseconds; 0 is as fast as it goes."""

    name: str
    width: int
    height: int
    scale: float = 1.0
    mobile: bool = False
    slowdown: float = 1.0  # of the processor
    latency: float = 0.0
    download: float = 0.0
    upload: float = 0.0


# The figures of Lighthouse (core/config/constants.js: mobileSlow4G as devtools apply it, desktop without a limit).
DEVICES = {
    "desktop": Device("desktop", 1350, 940),
    "phone": Device("phone", 412, 823, 1.75, True, 4.0, 562.5, 1474.56 * 128, 675.0 * 128),
}


class Run(NamedTuple):
    """What was measured, in milliseconds (CLS: a ratio), or why nothing was."""

    vitals: Mapping[str, float] = {}
    url: str = ""  # where a redirect ended, or the address itself
    error: str = ""
    hint: str = ""


def measure(browser: Devtools, url: str, device: Device, timeout: float) -> Run:
    """Opens the page once with nothing in any cache, and leaves it. Takes `timeout` seconds at the most, and some.

    Raises BrowserError when the browser itself fails.
    """
    context = browser.call("Target.createBrowserContext")["browserContextId"]
    try:
        target = browser.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        prepare(browser, session, device)
        return visit(browser, session, url, timeout)
    finally:
        browser.call("Target.disposeBrowserContext", browserContextId=context)


def prepare(browser: Devtools, session: str, device: Device) -> None:
    """Makes it the device that is wanted, and what measures part of every page."""
    browser.call(
        "Emulation.setDeviceMetricsOverride", session, width=device.width, height=device.height,
        deviceScaleFactor=device.scale, mobile=device.mobile,
    )  # fmt: skip
    agent = browser.call("Browser.getVersion")["userAgent"].replace("Headless", "")
    if device.mobile:
        system, _, rest = agent.partition(")")
        agent = f"{system.partition('(')[0]}(Linux; Android 11; moto g power (2022)){rest}".replace(
            " Safari", " Mobile Safari"
        )
    browser.call("Emulation.setUserAgentOverride", session, userAgent=agent)
    if device.slowdown > 1:
        browser.call("Emulation.setCPUThrottlingRate", session, rate=device.slowdown)
        browser.call("Network.enable", session)
        browser.call(
            "Network.emulateNetworkConditions", session, offline=False, latency=device.latency,
            downloadThroughput=device.download, uploadThroughput=device.upload,
        )  # fmt: skip
    here = files(__package__)
    scripts = [here.joinpath(name).read_text("utf-8") for name in ("web-vitals.iife.js", "observe.js")]
    browser.call("Page.enable", session)
    browser.call("Page.addScriptToEvaluateOnNewDocument", session, source="\n".join(scripts))


def visit(browser: Devtools, session: str, url: str, timeout: float) -> Run:
    """Goes there, and waits until nothing more happens; a page that hangs, or hangs its own script, is late."""
    until = time.monotonic() + timeout
    whole, browser.until = browser.until, min(browser.until, until + PATIENCE)
    try:
        return _visit(browser, session, url, until) or late(timeout)
    except BrowserError:  # one that has ended is found out by whoever asks next
        return late(timeout)
    finally:
        browser.until = whole


def _visit(browser: Devtools, session: str, url: str, until: float) -> Run | None:
    if why := browser.call("Page.navigate", session, url=url).get("errorText"):
        return Run(error=f"the page cannot be opened: {why}", hint="dropmon check web says why")
    while (seen := look(browser, session)) is None or not settled(seen):
        if time.monotonic() > until:
            return judged(seen) if seen and seen["done"] else None
        time.sleep(LOOK)
    return judged(seen)


def late(timeout: float) -> Run:
    """What is said of a page that took longer than so many seconds."""
    return Run(error=f"the page was not there within {timeout:g} s", hint="dropmon check web: does it answer at all?")


def look(browser: Devtools, session: str) -> Any:
    """What is known so far; None while the page is another, as after a redirect that a script made."""
    asked = "window.__dropmon ? JSON.stringify({...__dropmon, url: location.href, now: performance.now()}) : ''"
    found = browser.call("Runtime.evaluate", session, expression=asked)["result"].get("value")
    return json.loads(found) if found else None


def settled(seen: Mapping[str, Any]) -> bool:
    """Whether a page is loaded, and nothing has happened in it for a while, or it never rests.

    >>> settled({"done": 900, "changed": 1000, "now": 2600}), settled({"done": 0, "changed": 10, "now": 9000})
    (True, False)
    """
    done, now = seen["done"], seen["now"]
    return bool(done) and (now - max(done, seen["changed"]) > CALM or now - done > SETTLING * 1000)


def judged(seen: Mapping[str, Any]) -> Run:
    """What was measured; an error page is fast, and not what was asked for."""
    if seen["status"] >= 400:
        return Run(error=f"HTTP {seen['status']}: the error page was not measured", hint="dropmon check web")
    return Run({name: float(value) for name, value in seen["vitals"].items()}, seen["url"])
