"""A store that cannot be written: everything is told once all the same, its end too, and later runs know of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from dropmon.alerts.notification import Phase
from dropmon.alerts.state import State
from dropmon.flows.aside import Aside, aside_of
from dropmon.rules import load
from tests.alerts.channels.receiver import Reply
from tests.flows.conftest import Shop

pytestmark = pytest.mark.slow

STATE = State("r", (("a", "b"),), Phase.FIRING, at=5.0)


@pytest.fixture
def aside(shop: Shop) -> Iterator[Aside]:
    one = aside_of(load(shop.folder / "rules.yaml"), None)
    yield one
    one.forget()


def full(shop: Shop, yes: bool) -> None:
    """Lets nothing be written to any table, or everything."""
    with sqlite3.connect(shop.folder / "history.db") as database:
        query = "select name from sqlite_schema where type = 'table' and name not like 'sqlite%'"
        for (name,) in database.execute(query).fetchall():
            database.execute(
                f"create trigger full_{name} before insert on {name} begin select raise(abort, 'full'); end"
                if yes
                else f"drop trigger full_{name}"
            )


def told(shop: Shop) -> list[str]:
    return [each.json["type"] for each in shop.hook.seen]


def test_what_burns_while_the_store_is_full_is_told_once_and_so_is_its_end(shop: Shop, aside: Aside) -> None:
    shop.run("cycle")
    full(shop, True)
    shop.replies["/shop"] = Reply(500)
    for _ in range(2):
        assert "nothing of this is remembered" in shop.run("cycle").stderr
    assert told(shop) == ["alert.first"]
    shop.replies.clear()
    for _ in range(2):
        shop.run("cycle")
    assert told(shop) == ["alert.first", "alert.resolved"]
    full(shop, False)
    assert shop.run("cycle").returncode == 0
    assert told(shop) == ["alert.first", "alert.resolved"]
    assert not aside.path.exists()


def test_what_was_told_meanwhile_is_known_when_there_is_room_again(shop: Shop, aside: Aside) -> None:
    shop.run("cycle")
    full(shop, True)
    shop.replies["/shop"] = Reply(500)
    shop.run("cycle")
    full(shop, False)
    shop.run("cycle")
    assert told(shop) == ["alert.first"]
    assert not aside.path.exists()
    (row,) = json.loads(shop.run("alert", "list", "--format", "json").stdout)["alerts"]
    assert row["told"] == ["hook"]
    shop.replies.clear()
    shop.run("cycle")
    assert told(shop) == ["alert.first", "alert.resolved"]


def test_what_was_told_before_ends_while_the_store_is_full(shop: Shop, aside: Aside) -> None:
    shop.replies["/shop"] = Reply(500)
    shop.run("cycle")
    full(shop, True)
    shop.replies.clear()
    for _ in range(2):
        shop.run("cycle")
    full(shop, False)
    shop.run("cycle")
    assert told(shop) == ["alert.first", "alert.resolved"]


def test_what_did_not_arrive_is_told_again_by_the_next_run(shop: Shop, aside: Aside) -> None:
    shop.run("cycle")
    full(shop, True)
    shop.replies["/shop"], shop.told = Reply(500), Reply(503)
    shop.run("cycle")
    shop.told = Reply()
    for _ in range(2):
        shop.run("cycle")
    assert told(shop) == ["alert.first"] * 2  # the first of them was refused


def test_an_end_that_did_not_arrive_is_told_again_by_the_next_run(shop: Shop, aside: Aside) -> None:
    shop.replies["/shop"] = Reply(500)
    shop.run("cycle")
    full(shop, True)
    shop.replies.clear()
    shop.told = Reply(503)
    shop.run("cycle")
    shop.told = Reply()
    for _ in range(2):
        shop.run("cycle")
    assert told(shop) == ["alert.first", "alert.resolved", "alert.resolved"]  # the second of them was refused


def test_what_is_kept_aside_is_its_owners_alone(tmp_path: Path) -> None:
    one = Aside(tmp_path / "x.json")
    assert one.read() == {}
    one.keep([STATE])
    assert one.path.stat().st_mode & 0o777 == 0o600
    assert one.read() == {STATE.key: STATE}
    one.path.chmod(0o644)
    assert one.read() == {}
    one.forget()
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("text", ["", "[", "[1]", '["{}"]', "{}", "null", '["[]"]', '["null"]'])
def test_what_cannot_be_read_is_nothing(tmp_path: Path, text: str) -> None:
    one = Aside(tmp_path / "x.json")
    one.path.touch(0o600)
    one.path.write_text(text)
    assert one.read() == {}


def test_a_link_that_somebody_left_there_is_not_followed(tmp_path: Path) -> None:
    Aside(tmp_path / "real.json").keep([STATE])
    (tmp_path / "x.json").symlink_to(tmp_path / "real.json")
    assert Aside(tmp_path / "x.json").read() == {}
