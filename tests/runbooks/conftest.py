"""A team's folder: rules, and pages beside them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import dropmon as dropmon  # the real command, in a process of its own

RULES = """
storage: h.db
defaults: {fail_after: 1, retries: 0, timeout: 1s, line: []}
checks:
  tcp: [{name: shop, host: 127.0.0.1, port: 1, runbook: shop}]
alerts:
  - {id: shop_down, name: Shop, condition: probe_success == 0, severity: high}
  - {id: api_down, name: API, condition: probe_success == 2, severity: low}
incidents: {major: {from: [high], acknowledge: 15m}}
"""
PARTS = "".join(f"## {part}\n\nx\n\n" for part in ("Symptoms", "Impact", "Investigation", "Resolution", "Prevention"))
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a page of that name: `write("```dropmon\\n…", "shop")`."""

    def page(steps: str, name: str = "shop", folder: str = "runbooks") -> Path:
        path = tmp_path / folder / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"# Runbook: Shop\n\n{PARTS}{steps}\n")
        return path

    return page


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    return path
