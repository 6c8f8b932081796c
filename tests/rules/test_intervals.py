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
sources: {sql: [{metric: users, database: main, query: select 1, every: 20m}]}
"""


@pytest.mark.parametrize(
    ("labels", "seconds"),
    [
        ({"kind": "apis", "check": "Stripe"}, 3600),
        ({"kind": "apis", "check": "Shopify"}, 120),
        ({"database": "main"}, 420),
        ({"database": "other"}, 120),
        ({"kind": "tcp", "check": "Stripe"}, 1200),
        ({}, 1200),
    ],
)
def test_a_series_is_measured_as_often_as_its_check_says(tmp_path: Path, labels: dict[str, str], seconds: int) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(TEXT)
    assert interval(rules.load(path))(labels) == seconds


def test_without_rules_it_is_every_five_minutes() -> None:
    assert interval(None)({"check": "a"}) == 300
