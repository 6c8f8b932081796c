"""UptimeRobot: is it up as seen from outside, how fast, and for how much of the time?

Source: https://uptimerobot.com/api/v3/ and https://uptimerobot.com/api/legacy/ (v2)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from statistics import fmean
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from pydantic import Field

from dropmon.errors import DropmonError
from dropmon.rules.addresses import Url
from dropmon.rules.types import Secret
from dropmon.sources.parts import failure
from dropmon.sources.source import Reading, Told
from dropmon.sources.values import NUMBER, measured, merged
from dropmon.sources.web import Page, RefusedError, Web, bearer
from dropmon.transport import Request

PAGES = 20
NEWER, OLDER = 200, 50  # monitors of a page
WINDOWS = {"1d": "1", "7d": "7", "30d": "30"}  # how v2 is asked, in days
UP, DOWN = {"UP", "2"}, {"DOWN", "LOOKS_DOWN", "SEEMS_DOWN", "8", "9"}
STALE = 7200.0  # seconds after which a response time is no longer how things are: v3 tells means of an hour
SLEEPS = "does UptimeRobot still measure it? look at its monitor there"
FORM = ("Content-Type", "application/x-www-form-urlencoded")


class Monitor(NamedTuple):
    """What is known of one monitor: a share of the time for each window, milliseconds for a response as told."""

    id: str
    name: str
    up: bool | None  # None while it is paused, or was never measured
    shares: Mapping[str, float] = {}
    response: object = None
    responded: float | None = None  # when that was measured, in seconds since 1970; None when nobody says
    interval: float = 0.0  # seconds between two measurements
    problem: DropmonError | None = None  # why there is no response time


class UptimeRobot(Web):
    """Uptime and response time of each monitor, measured from outside."""

    key: Secret = Field(description="The read-only key of the account.")
    monitors: tuple[str, ...] = Field((), description="Names; default: all.")
    url: Url = "https://api.uptimerobot.com"

    def asks(self) -> str:
        return f"uptime and response time of {', '.join(self.monitors) or 'every monitor'}"

    def tell(self, at: float) -> Iterable[Told]:
        all_, problem = self.found(at)
        found = self.wanted(all_)
        names = Counter(each.name for each in found)
        for each in found:
            labels = {"monitor": each.name, "id": each.id if names[each.name] > 1 else ""}
            yield from self.readings(each, labels, at)
        if problem:
            missed = Reading("outside_uptime_ratio", merged(self.labels, {}))
            yield failure(missed, problem)._replace(error=f"the weeks and months of v2 are missing: {problem}")
        for name in self.monitors:
            if name not in names:
                yield self.failed(f"there is no monitor {name!r}", "write it as UptimeRobot shows it, letter by letter")
        if not self.monitors and all(each.up is None for each in found):
            what = "every monitor is paused" if found else "the account has no monitor"
            yield self.failed(what, "is this the key of the right account?")

    def wanted(self, found: Sequence[Monitor]) -> list[Monitor]:
        return [each for each in found if not self.monitors or each.name in self.monitors]

    def readings(self, found: Monitor, labels: dict[str, str], at: float) -> Iterator[Reading]:
        if found.up is None:
            if self.monitors:  # one that is named is meant to be measured
                missed = Reading("outside_up", merged(self.labels, labels))
                yield missed._replace(error="it is paused, or was never measured", hint="start it in UptimeRobot")
            return
        yield self.reading("outside_up", float(found.up), **labels)
        for window, share in found.shares.items():
            yield self.reading("outside_uptime_ratio", share, window=window, **labels)
        response = Reading("outside_response_seconds", merged(self.labels, labels))
        if found.problem:
            yield failure(response, found.problem)
        elif found.up and found.response is not None:  # one that is down answers nobody
            if found.responded is None or at - found.responded > max(STALE, 3 * found.interval):
                yield response._replace(error="the last response time is an old one", hint=SLEEPS)
            else:
                yield measured(*response[:2], found.response, 0.001)

    def found(self, at: float) -> tuple[list[Monitor], DropmonError | None]:
        """Every monitor: its state as v3 tells it, its numbers as v2 does, all at once; each stands in for the other.

        And why v2 tells nothing: what only it knows is missing then.

        A free account may ask ten times a minute, and v3 tells response times one monitor at a time.
        """
        newer, refusal = tried(lambda: list(self.newer(at)), RefusedError)
        if isinstance(refusal, RefusedError) and refusal.status == 429:
            raise refusal
        older, lost = tried(lambda: list(self.older(at)), DropmonError)
        if newer is None and older is None:
            raise refusal or lost or DropmonError("uptimerobot told nothing")
        if older is None:
            return list(self.slower(newer or (), at)), lost
        known = {each.id: each for each in older}
        return [united(each, known.get(each.id)) for each in newer] if newer is not None else older, None

    def newer(self, at: float) -> Iterator[Monitor]:
        """The monitors by v3: their states, and their last day."""
        cursor = ""
        for _ in range(PAGES):
            page = self.get("monitors", {"limit": str(NEWER), "cursor": cursor}, at)
            for each in self.objects(page, "data"):
                name = str(each.get("friendlyName") or each.get("id"))
                yield Monitor(str(each.get("id")), name, state(each), day(each), interval=between(each))
            cursor = following(page.body)
            if not cursor:
                return

    def slower(self, monitors: Iterable[Monitor], at: float) -> Iterator[Monitor]:
        """The monitors that are up, with their response times by v3, one after the other until it wants no more."""
        problem: DropmonError | None = None
        for found in monitors:
            if found.up and not problem and (not self.monitors or found.name in self.monitors):
                path = f"monitors/{quote(found.id, safe='')}/stats/response-time"
                try:
                    body = self.get(path, {"includeTimeSeries": "true"}, at).body
                    response, when = latest(body, "timeSeries", "timestamp")
                    found = found._replace(response=response, responded=when)
                except DropmonError as error:
                    problem = error
            yield found._replace(problem=problem) if found.up and found.response is None else found

    def get(self, path: str, params: Mapping[str, str], at: float) -> Page:
        pairs = tuple((name, text) for name, text in params.items() if text)
        return self.ask(Request(f"{self.url}/v3/{path}", pairs, (bearer(self.key.get_secret_value()),)), at)

    def older(self, at: float) -> Iterator[Monitor]:
        """The monitors by v2, with all their numbers."""
        offset = 0
        for _ in range(PAGES):
            page = self.post(offset, at)
            monitors = self.objects(page, "monitors")
            for each in monitors:
                shares = ratios(str(each.get("custom_uptime_ratio") or ""))
                response, when = latest(each, "response_times", "datetime")
                yield Monitor(
                    str(each.get("id")), str(each.get("friendly_name")), state(each), shares, response, when,
                    between(each),
                )  # fmt: skip
            told = page.body.get("pagination")
            offset += OLDER
            if not monitors or not isinstance(told, dict) or offset >= (told.get("total") or 0):
                return

    def post(self, offset: int, at: float) -> Page:
        asked = {
            "api_key": self.key.get_secret_value(), "format": "json", "limit": OLDER, "offset": offset,
            "custom_uptime_ratios": "-".join(WINDOWS.values()), "response_times": 1, "response_times_limit": 1,
        }  # fmt: skip
        page = self.ask(Request(f"{self.url}/v2/getMonitors", (), (FORM,), "POST", urlencode(asked).encode()), at)
        if isinstance(page.body, dict) and page.body.get("stat") == "fail":
            raise self.without(page, "monitors")
        return page

    @property
    def advice(self) -> str:
        return "is it the read-only key, and of the right account?"


def tried(
    ask: Callable[[], list[Monitor]], lost: type[DropmonError]
) -> tuple[list[Monitor] | None, DropmonError | None]:  # fmt: skip
    """What one version of the API tells, or why it is `lost`."""
    try:
        return ask(), None
    except lost as error:
        return None, error


def united(newer: Monitor, older: Monitor | None) -> Monitor:
    """One monitor by both: the windows that v2 does not tell are those of v3."""
    if older is None:
        return newer
    return older._replace(name=newer.name, up=newer.up, shares={**newer.shares, **older.shares})


def state(found: Mapping[str, Any]) -> bool | None:
    """Whether a monitor is up. Source of the numbers: v2, of the words: v3.

    >>> [state({"status": each}) for each in ("UP", 2, "LOOKS_DOWN", 9, "PAUSED", 0, None)]
    [True, True, False, False, None, None, None]
    """
    status = str(found.get("status")).upper()
    return True if status in UP else False if status in DOWN else None


def ratios(text: str) -> dict[str, float]:
    """Percentages joined by dashes, in the order in which they were asked for, as shares.

    >>> ratios("100.000-99.987-99.941")
    {'1d': 1.0, '7d': 0.99987, '30d': 0.99941}
    >>> ratios("")
    {}
    """
    parts = text.split("-")
    if len(parts) != len(WINDOWS) or not all(map(NUMBER.fullmatch, parts)):
        return {}
    return {window: round(float(part) / 100, 9) for window, part in zip(WINDOWS, parts, strict=True)}


def day(found: Mapping[str, Any]) -> dict[str, float]:
    """The share of the last day as v3 tells it: the mean of its buckets, in percent.

    >>> day({"lastDayUptimes": {"bucketSize": 2, "histogram": [{"uptime": 100}, {"uptime": 98}]}})
    {'1d': 0.99}
    """
    told = found.get("lastDayUptimes")
    buckets = told.get("histogram") if isinstance(told, dict) else None
    shares = [each.get("uptime") for each in buckets or () if isinstance(each, dict)]
    known = [each for each in shares if isinstance(each, int | float) and 0 <= each <= 100]
    return {"1d": round(fmean(known) / 100, 9)} if known else {}


def latest(found: object, key: str, when: str) -> tuple[object, float | None]:
    """The last of the response times in a list, as it is told, and its time; None without any.

    >>> latest({"t": [{"at": 1, "value": 300}, {"at": 2, "value": 298}]}, "t", "at")
    (298, 2.0)
    """
    told = found.get(key) if isinstance(found, dict) else None
    points = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    last = max(points, key=lambda each: moment(each.get(when)) or 0.0, default={})
    return last.get("value"), moment(last.get(when))


def moment(value: object) -> float | None:
    """A time in seconds since 1970, from a number of them (v2) or as ISO 8601 (v3); None for anything else.

    >>> moment(1763888400), moment("2026-11-23T01:00:00Z"), moment("soon"), moment(None)
    (1763888400.0, 1795395600.0, None, None)
    """
    with suppress(ValueError, OverflowError):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if isinstance(value, str):
            told = datetime.fromisoformat(value)
            return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()
    return None


def between(found: Mapping[str, Any]) -> float:
    """Seconds between two measurements of a monitor; 0 when it is not told."""
    value = found.get("interval")
    return float(value) if isinstance(value, int | float) else 0.0


def following(body: object) -> str:
    """The cursor of v3's next page: out of its link, which is not followed, for it may not be https."""
    link = body.get("nextLink") if isinstance(body, dict) else None
    return parse_qs(urlsplit(link).query).get("cursor", [""])[0] if isinstance(link, str) else ""
