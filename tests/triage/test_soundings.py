"""How deep one looks: into trees of locks, and into the ends of logs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from dropmon import rules as loading
from dropmon.checks.probes import registry
from dropmon.errors import DropmonError
from dropmon.flows import scouts, soundings
from dropmon.flows.scouts import Scene
from dropmon.flows.survey import survey
from dropmon.model import moment

NOW = 1_795_420_000.0


def session(pid: int, depth: int, waits: float | None) -> dict[str, Any]:
    return {
        "pid": pid, "depth": depth, "waiting_seconds": waits, "application": "shop", "role": "app", "gid": None,
        "state": "active", "blocks": 1, "transaction_seconds": 9.0, "statement": "select 1", "hint": "",
    }  # fmt: skip


def test_each_root_has_the_waits_of_its_own_tree() -> None:
    rows = [session(1, 0, None), session(2, 1, 590.0), session(3, 2, 20.0), session(4, 0, None), session(5, 1, 0.2)]
    assert [(each.pid, each.waited) for each in soundings.roots(rows)] == [(1, 590.0), (4, 0.2)]


def line(ago: float, text: str) -> str:
    return f'{{"timestamp": "{moment(NOW - ago)}", "level": "error", "message": "{text}"}}\n'


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    (tmp_path / "rules.yaml").write_text("platform: {name: x}\n")
    return Scene(loading.load(tmp_path / "rules.yaml"), str(tmp_path / "no.db"), NOW, time.monotonic() + 9)


def test_errors_are_new_that_the_hour_before_did_not_have(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text(line(5000, "old trouble 1") + line(300, "old trouble 2") + 3 * line(60, "fresh"))
    told = soundings.files(scene, "app*.log")
    assert (told.errors, [(each.template, each.number) for each in told.bursts]) == (4, [("fresh", 3)])


def test_nothing_is_called_new_where_the_log_is_too_long(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app.log").write_text("".join(line(7000 - number, "old trouble") for number in range(6990)))
    assert not soundings.files(scene, "app.log").bursts
    monkeypatch.setattr(soundings, "TAIL", 20_000)
    told = soundings.files(scene, str(tmp_path / "app.log"))
    assert (told.whole, told.bursts) == (False, ())
    assert told.errors > 100


def test_a_pattern_of_no_file_is_said(scene: Scene) -> None:
    with pytest.raises(DropmonError, match="there is no file"):
        soundings.files(scene, "gone-*.log")


@pytest.mark.parametrize(
    ("kind", "values", "host"),
    [
        ("apis", {"url": "https://me:x@shop.example:443/a"}, "shop.example"),
        ("apis", {"url": "http://shop.example:8080/a"}, "shop.example:8080"),
        ("tls", {"host": "shop.example"}, "shop.example"),
        ("tcp", {"host": "shop.example", "port": 587}, "shop.example:587"),
    ],
)
def test_one_host_has_one_name(kind: str, values: dict[str, Any], host: str) -> None:
    assert scouts.host(registry()[kind].model_validate({"name": "x", **values})) == host


@pytest.mark.slow
def test_a_dead_line_is_told_by_the_checks_themselves(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        "defaults: {line: ['192.0.2.1:9'], timeout: 500ms, retries: 0}\nchecks:\n  apis:\n"
        "    - {name: a, url: 'http://192.0.2.2/'}\n    - {name: b, url: 'http://192.0.2.3/'}\n"
    )
    facts = survey(loading.load(tmp_path / "rules.yaml"), str(tmp_path / "no.db"), time.time())
    assert [each.line for each in facts.failing] == [True, True]
