"""A year of samples as a shop has them: nights of maintenance, summer and winter, gaps, counters that are reset."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from dropmon.model import Sample
from dropmon.rules import Rules, load

PARIS = ZoneInfo("Europe/Paris")
END = datetime(2026, 11, 23, 15, tzinfo=UTC).timestamp()
EVERY = 300.0
CHECKS = (("storefront", "web"), ("Stripe", "apis"), ("Shopify", "apis"))
GAPS = ((250.0, 251.5), (28.2, 29.0), (2.0, 2.1))  # days before the end: the machine was off
RULES = """
platform: {name: Shop, timezone: Europe/Paris, language: fr}
checks:
  web: [{name: storefront, url: "https://x.example"}]
  apis: [{name: Stripe, url: "https://y.example"}, {name: Shopify, url: "https://z.example"}]
slos:
  - {name: uptime, target: 99.9%, good: 'probe_success{check="storefront"} == 1',
     total: 'probe_success{check="storefront"}', channels: [hook], runbook: api-down}
  - {name: response-time, target: 95%, value: 'probe_duration_seconds{kind="apis"}', below: 500ms}
  - {name: error-rate, target: "< 0.1%", calendar: year, bad: 'function_requests_total{status="error"}',
     total: function_requests_total}
  - {name: api-success, target: "> 99.5%", calendar: month, good: 'probe_success{kind="apis"} == 1',
     total: 'probe_success{kind="apis"}'}
  - {name: week, target: 99%, calendar: week, bad: 'probe_success == 0', total: probe_success}
  - {name: sliced, target: 99%, window: 28d, budgeting: timeslices, slice: 10m, slice_target: 90%,
     value: 'probe_duration_seconds{kind="apis"}', below: 500ms}
  - {name: errors-by-slice, target: 99%, window: 28d, budgeting: timeslices, slice: 1h, slice_target: "< 0.1%",
     bad: 'function_requests_total{status="error"}', total: function_requests_total}
  - {name: steps, target: 99%, window: 7d, value: 'avg(probe_duration_seconds{kind="apis"})', below: 500ms}
  - {name: whole-year, target: 99.9%, window: 365d, good: 'probe_success{kind="apis"} == 1',
     total: 'probe_success{kind="apis"}'}
  - {name: slow-year, target: 95%, window: 365d, value: 'probe_duration_seconds{kind="apis"}', below: 500ms}
  - {name: storefront-year, target: 99.9%, window: 365d, bad: 'probe_success{check="storefront"} == 0',
     total: 'probe_success{check="storefront"}'}
maintenance:
  - {name: nightly backup, every: daily, at: "03:00", duration: 30m, matchers: {check: storefront}}
exclusions:
  - {slo: [uptime, week], from: 2026-11-20 10:00, until: 2026-11-20 11:00, reason: "the provider's outage"}
channels: {hook: {type: webhook, url: "http://127.0.0.1:9/"}}
"""


def rules(folder: Path) -> Rules:
    """The rules that promise something about it."""
    path = folder / "rules.yaml"
    path.write_text(RULES)
    return load(path)


def samples(days: int = 365) -> Iterator[Sample]:
    """All of it, one series after the other; the same whenever it is asked for."""
    chance = random.Random(7)
    count = int(days * 86400 / EVERY)
    for number, (check, kind) in enumerate(CHECKS):
        labels = ("check", check), ("kind", kind)
        times = [time for time in moments(count, number) if chance.random() > 0.002]
        for time in times:
            yield Sample("probe_success", labels, time, float(chance.random() > 0.003))
        for time in times:
            yield Sample("probe_duration_seconds", labels, time, chance.lognormvariate(-1.8, 0.6))
    for number, (status, rate) in enumerate((("ok", 200.0), ("error", 0.15))):
        value = 0.0
        for time in moments(count, 3 + number):
            value = 0.0 if chance.random() < 0.0005 else value
            value += int(chance.expovariate(1 / rate))
            yield Sample("function_requests_total", (("status", status),), time, value)


def moments(count: int, number: int) -> list[float]:
    """When something was measured, some seconds after the minute."""
    found = [END - back * EVERY + 2 + number for back in range(count, 0, -1)]
    return [time for time in found if not any(a <= (END - time) / 86400 <= b for b, a in [(y, x) for x, y in GAPS])]
