"""What is planted in the demo's shop is what the reports of the database find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dropmon.db.database import Database
from dropmon.db.report import load
from dropmon.db.session import session

if TYPE_CHECKING:
    from dropmon.demo.platform import Platform

FOUND: list[tuple[str, dict[str, str], str, str]] = [  # a report, its options, and what one of its rows says
    ("slow-queries", {}, "statement", "from orders o where o.customer_id"),
    ("unused-indexes", {"min_age": "0s"}, "index", "order_items_sku_idx"),
    ("duplicate-indexes", {}, "index", "orders_created_at_idx"),
    ("missing-fk-indexes", {}, "columns", "customer_id"),
    ("seq-scans", {}, "table", "orders"),
    ("bloat", {}, "name", "carts"),
    ("vacuum", {}, "name", "carts"),
]


@pytest.mark.parametrize(("name", "options", "column", "planted"), FOUND, ids=[each[0] for each in FOUND])
def test_what_is_planted_is_found(
    platform: Platform, name: str, options: dict[str, Any], column: str, planted: str
) -> None:
    assert platform.database
    with session(Database("main", platform.database.url_of("dropmon"))) as found:
        answer = found.ask(load(name), options)

    assert [row for row in answer.rows if planted in row[column] and row["status"] == "warning"]
