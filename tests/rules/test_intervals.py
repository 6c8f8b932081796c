"""How often the rules measure what."""

from __future__ import annotations

from pathlib import Path

import pytest

from dropmon import rules
from dropmon.rules.intervals import interval

TEXT = """
defaults: {every: 2m}
checks:
  apis: [{name: Stripe, url: https://a.example, every: 1h}, {name: Shopify, url: https://b.example}]
databases: {main: {url: "postgresql://localhost/a", every: 7m}, other: {url: "postgresql://localhost/b"}}
sources:
  sql: [{metric: users, database: main, query: select 1, every: 20m}, {metric: sold, query: select 1}]
  json: [{metric: rates, url: https://c.example, path: a, every: 1d}]
  datadog: {key: a, application_key: b, every: 30m, queries: [{metric: cpu, query: q}]}
  openmetrics: [{name: exporter, url: https://d.example/metrics}, {name: slow, url: https://e.example, every: 10m}]
  vercel: {project: shop, token: a, every: 15m, vitals: true}
  uptimerobot: {key: a}
  pagespeed: {pages: [https://f.example], every: 12h}
"""


@pytest.mark.parametrize(
    ("labels", "seconds"),
    [
        ({"kind": "apis", "check": "Stripe"}, 3600),
        ({"kind": "apis", "check": "Shopify"}, 120),
        ({"database": "main"}, 420),
        ({"database": "other"}, 120),
        ({"kind": "tcp", "check": "Stripe"}, 600),  # the longest of those whose names nobody knows before
        ({}, 600),
        ({"__name__": "users", "database": "main"}, 1200),
        ({"__name__": "sold"}, 300),
        ({"__name__": "rates"}, 86400),
        ({"__name__": "cpu"}, 1800),
        ({"__name__": "pg_up", "job": "exporter"}, 60),
        ({"__name__": "pg_up", "job": "slow"}, 600),
        ({"__name__": "deployments", "project": "shop"}, 900),
        ({"__name__": "web_vital", "source": "vercel"}, 900),
        ({"__name__": "web_vital", "source": "pagespeed"}, 43200),
        ({"__name__": "lighthouse_performance_score"}, 43200),
        ({"__name__": "outside_up"}, 300),
    ],
)
def test_a_series_is_measured_as_often_as_its_check_says(tmp_path: Path, labels: dict[str, str], seconds: int) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(TEXT)
    assert interval(rules.load(path))(labels) == seconds


def test_without_rules_it_is_every_five_minutes() -> None:
    assert interval(None)({"check": "a"}) == 300
