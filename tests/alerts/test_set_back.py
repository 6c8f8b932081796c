"""The clock is set back while messages wait: they come no later for it, and say how late they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dropmon.storage.outbox import SqliteOutbox
from tests.alerts.channels.receiver import Reply, Seen, receiving
from tests.alerts.test_dispatch import DELIVERED, Post, turns

BACK = -7200.0


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with SqliteOutbox(tmp_path / "dropmon.db", 5) as outbox:
        yield Post(outbox)


def test_what_waited_since_before_says_how_late_it_is(post: Post) -> None:
    with receiving(turns(Reply(500), Reply(500), DELIVERED)) as receiver:
        post.add("ops", url=receiver.url)
        post.put("m1")
        post.run()
        post.run(300)
        post.run(BACK)
        assert len(receiver.seen) == 2  # it waits as long as it would have waited
        post.run(120)
    assert [seen.json["data"]["late_seconds"] for seen in receiver.seen] == [0, 300, 420]
    assert receiver.seen[2].json["data"]["notes"] == ["Late by 7m: it could not be delivered before."]


def test_who_stands_in_hears_of_it_in_time(post: Post) -> None:
    def answer(seen: Seen, _: int) -> Reply:
        return Reply(500 if seen.path == "/ops" else 200)

    with receiving(answer) as receiver:
        post.add("ops", url=f"{receiver.url}/ops", fallback="team", patience="5m")
        post.add("team", url=f"{receiver.url}/team")
        post.put("m1")
        post.run()
        post.run(120)
        post.run(BACK)
        assert "/team" not in [seen.path for seen in receiver.seen]
        post.run(200)
    (told,) = [seen for seen in receiver.seen if seen.path == "/team"]
    assert told.json["data"]["fallback_of"] == "ops"
    assert told.json["data"]["late_seconds"] == 320


def test_what_was_told_at_the_same_moment_is_still_of_that_moment(post: Post) -> None:
    with receiving(lambda seen, _: Reply(500 if seen.path == "/ops" else 200)) as receiver:
        for name in ("ops", "team"):
            post.add(name, url=f"{receiver.url}/{name}")
            post.put(f"m-{name}", name)
        post.run()
        post.run(BACK)
        post.run(60)
    assert [row.id for row in post.outbox.beside(post.row("m-ops"))] == ["m-team"]


def test_clocks_that_differ_a_little_change_nothing(post: Post) -> None:
    with receiving(Reply(500)) as receiver:
        post.add("ops", url=receiver.url)
        post.put("m1")
        post.run()
        before = post.row("m1").created
        post.run(-30)
        post.run(60)
    assert post.row("m1").created == before


def test_one_round_of_a_clock_that_ran_ahead_makes_nothing_older(post: Post) -> None:
    ahead = 400 * 86400.0
    with receiving(turns(Reply(500), Reply(500), DELIVERED)) as receiver:
        post.add("ops", url=receiver.url)
        post.put("m1")
        post.put("settled", "team")
        post.run()
        post.run(ahead)
        post.put("m2")  # it came in by the clock that ran ahead
        post.run(20 - ahead)
        post.run(120)
    assert [seen.json["data"]["late_seconds"] for seen in receiver.seen][2:] == [140, 120]
    before = {row.id: post.now - row.created for row in post.outbox.rows()}
    assert before == {"m1": 140, "settled": 140, "m2": 120}
