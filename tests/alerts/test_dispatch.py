"""From the outbox to real receivers, with a clock that the test sets."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dropmon import secrets
from dropmon.alerts.channel import Channel, Given
from dropmon.alerts.channels import kinds
from dropmon.alerts.dispatch import dispatch
from dropmon.alerts.notification import Notification, Phase, Reason, Severity
from dropmon.alerts.outcome import End, Round
from dropmon.alerts.packing import packed
from dropmon.errors import DropmonError
from dropmon.storage.outbox import Row, SqliteOutbox
from tests.alerts.channels.examples import AT, ENGLISH, ERRORS, FIRST, OVER, SLOW
from tests.alerts.channels.receiver import Receiver, Reply, Seen, free_port, receiving

DELIVERED = Reply()


@dataclass
class Post:
    """An outbox, its channels and a clock."""

    outbox: SqliteOutbox
    now: float = AT
    channels: dict[str, Given] = field(default_factory=dict)

    def add(self, name: str, kind: str = "webhook", **fields: Any) -> Channel:
        entry = {"type": kind, "timeout": "1s", **fields}
        one = kinds()[kind].model_validate(entry)
        self.channels[name] = Given(name, one, fallback=fields.get("fallback"))
        return one

    def put(self, id: str, channel: str = "ops", **changes: Any) -> None:
        one: Notification = FIRST._replace(id=id, channel=channel, at=self.now, **changes)
        self.outbox.put([Row(id, channel, packed(one), self.now)], self.now)

    def run(self, after: float = 0.0, channels: Mapping[str, Given] | None = None) -> Round:
        self.now += after
        return dispatch(self.outbox, self.channels if channels is None else channels, ENGLISH, lambda: self.now)

    def states(self) -> dict[str, str]:
        return {row.id: row.state for row in self.outbox.rows()}

    def row(self, id: str) -> Row:
        return next(row for row in self.outbox.rows() if row.id == id)


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with SqliteOutbox(tmp_path / "dropmon.db", 5) as outbox:
        yield Post(outbox)


def ends(done: Round) -> list[End]:
    return [each.end for each in done.tried]


def turns(*replies: Reply) -> Callable[[Seen, int], Reply]:
    """These answers, and from then on the last of them."""
    return lambda _, number: replies[min(number, len(replies) - 1)]


def test_what_is_due_is_sent_once(post: Post) -> None:
    with receiving() as receiver:
        post.add("ops", url=receiver.url)
        post.put("m1")
        assert ends(post.run()) == [End.SENT]
        assert ends(post.run(3600)) == []
    assert receiver.ids == ["m1"]
    assert post.states() == {"m1": "sent"}


def test_the_same_id_is_put_once(post: Post) -> None:
    with receiving() as receiver:
        post.add("ops", url=receiver.url)
        post.put("m1")
        post.put("m1")
        post.run()
        post.put("m1")
        post.run()
    assert receiver.ids == ["m1"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "reply", [Reply(500), Reply(429), Reply(503), Reply(after=1.3), Reply(reset=True)],
    ids=["500", "429", "503", "hang", "reset"],
)  # fmt: skip
def test_what_fails_for_a_while_is_delivered_late_under_the_same_id(post: Post, reply: Reply) -> None:
    with receiving(turns(reply, DELIVERED)) as receiver:
        post.add("ops", url=receiver.url)
        post.put("m1")
        assert ends(post.run()) == [End.WAITING]
        assert ends(post.run(1)) == []  # not yet
        assert ends(post.run(900)) == [End.SENT]
    assert receiver.ids == ["m1", "m1"]
    assert receiver.seen[1].json["data"]["notes"] == ["Late by 15m: it could not be delivered before."]
    assert receiver.seen[0].json["data"]["notes"] == []


@pytest.mark.slow
def test_a_receiver_that_is_slow_but_answers_is_not_told_twice(post: Post) -> None:
    with receiving(Reply(after=2.5)) as receiver:
        post.add("ops", url=receiver.url, timeout="10s")
        post.put("m1")
        assert ends(post.run()) == [End.SENT]
        post.run(900)
    assert receiver.ids == ["m1"]


@pytest.mark.slow
def test_a_receiver_that_was_dead_for_an_hour_hears_all_of_it_with_the_delay_said(post: Post) -> None:
    port = free_port()
    post.add("ops", url=f"http://127.0.0.1:{port}")
    for minute in range(0, 60, 5):
        post.put(f"m{minute}", alerts=(ERRORS._replace(rule=f"rule_{minute}"),))
        post.run(300)
    assert set(post.states().values()) == {"waiting", "joined"}
    with receiving(port=port) as receiver:
        for _ in range(3):
            post.run(900)
    told = [alert["rule"] for seen in receiver.seen for alert in seen.json["data"]["alerts"]]
    assert sorted(told) == sorted(f"rule_{minute}" for minute in range(0, 60, 5))
    assert all(seen.json["data"]["late_seconds"] > 60 for seen in receiver.seen)
    assert len(receiver.seen) <= 4  # those that were tried, and the others as one


def test_an_sms_that_never_went_out_is_sent_when_the_service_is_back_though_nobody_can_look_for_it(post: Post) -> None:
    port = free_port()
    twilio = {"account": "AC1", "token": "t", "from": "+33600000000", "to": "+33612345678"}
    post.add(
        "ops", "twilio", api=f"http://127.0.0.1:{port}", severities=["high", "critical", "low", "medium"], **twilio
    )
    post.put("m1")
    assert ends(post.run()) == [End.WAITING]
    assert not post.row("m1").doubt
    with receiving(lambda seen, _: Reply(500 if seen.method == "GET" else 201), port=port) as receiver:
        assert ends(post.run(60)) == [End.SENT]
    assert [seen.method for seen in receiver.seen] == ["POST"]


def test_what_began_and_ended_unheard_is_one_line(post: Post) -> None:
    port = free_port()
    post.add("ops", url=f"http://127.0.0.1:{port}")
    post.put("m0", alerts=(SLOW,))
    post.run()
    post.put("m1")
    post.put("m2", reason=Reason.RESOLVED, alerts=(OVER,))
    with receiving(port=port) as receiver:
        post.run(900)
    (_, joined) = receiver.seen
    assert [(one["rule"], one["phase"]) for one in joined.json["data"]["alerts"]] == [("high_error_rate", "resolved")]
    assert (joined.id, post.states()["m2"]) == ("m1", "joined")


def test_retry_after_is_honoured_by_other_messages_and_other_processes(post: Post, tmp_path: Path) -> None:
    with receiving(turns(Reply(429, headers=(("Retry-After", "600"),)), DELIVERED)) as receiver:
        post.add("ops", url=receiver.url)
        post.put("m1")
        post.run()
        post.put("m2")
        with SqliteOutbox(tmp_path / "dropmon.db", 5) as other:
            for after in (1, 298, 300):
                post.now += after
                dispatch(other, post.channels, ENGLISH, lambda: post.now)
            assert receiver.ids == ["m1"]
            post.run(2)
    assert receiver.ids == ["m1", "m1", "m2"]


def test_messages_of_a_channel_keep_their_order(post: Post) -> None:
    with receiving(turns(Reply(500), DELIVERED)) as receiver:
        post.add("ops", url=receiver.url)
        for number in range(5):
            post.put(f"m{number}")
        post.run()
        assert receiver.ids == ["m0"]  # the others are not tried: it is the channel that fails
        post.run(30)
    assert receiver.ids == ["m0", "m0", "m1", "m2", "m3", "m4"]


@pytest.mark.slow
def test_a_channel_that_hangs_holds_up_no_other(post: Post) -> None:
    with receiving(Reply(after=5)) as slow, receiving() as quick:
        post.add("ops", url=slow.url)
        post.add("team", url=quick.url)
        post.put("m1")
        post.put("m2", "team")
        done = post.run()
    assert {each.channel: each.end for each in done.tried} == {"team": End.SENT, "ops": End.WAITING}
    assert done.tried[0].channel == "team"


def test_what_was_overtaken_is_not_told_as_if_it_were_news(post: Post) -> None:
    port = free_port()
    post.add("ops", url=f"http://127.0.0.1:{port}")
    post.put("m1", alerts=(ERRORS, SLOW))
    for _ in range(6):
        post.run(900)
    post.put("m2", reason=Reason.RESOLVED, alerts=(OVER,))
    with receiving(port=port) as receiver:
        post.run(900)
        post.run(900)
    told = [[(one["rule"], one["phase"]) for one in seen.json["data"]["alerts"]] for seen in receiver.seen]
    assert told == [[("high_error_rate", "resolved")], [("slow_response", "firing")]]


def test_a_message_that_the_receiver_chokes_on_is_given_up_when_others_get_through(post: Post) -> None:
    with receiving(lambda seen, _: Reply(500) if seen.id == "poison" else DELIVERED) as receiver:
        post.add("ops", url=receiver.url)
        post.put("poison")
        for _ in range(4):
            post.run(900)
        post.put("m1", alerts=(SLOW,))
        for _ in range(4):
            post.run(900)
    assert post.states() == {"poison": "dead", "m1": "sent"}


@pytest.mark.parametrize(
    ("reply", "ends_as"), [(Reply(404, b"no_service"), "dead"), (Reply(500), "waiting")], ids=["for good", "for now"]
)
def test_what_a_channel_cannot_tell_its_fallback_does(post: Post, reply: Reply, ends_as: str) -> None:
    with receiving(reply) as broken, receiving() as other:
        post.add("ops", url=broken.url, fallback="team")
        post.add("team", url=other.url)
        post.put("m1")
        post.run()
        for _ in range(4):
            post.run(200)
    assert other.ids == ["m1.team"]
    data = other.seen[0].json["data"]
    assert data["fallback_of"] == "ops"
    assert any(note.startswith("Instead of ops, which failed (") for note in data["notes"])
    assert [one["rule"] for one in data["alerts"]] == ["high_error_rate"]
    assert post.states() == {"m1": ends_as, "m1.team": "sent"}


def test_a_bundle_that_is_given_up_reaches_the_fallback_as_a_whole(post: Post) -> None:
    with receiving(Reply(404)) as broken, receiving() as other:
        post.add("ops", url=broken.url, fallback="team")
        post.add("team", url=other.url)
        for number in range(3):
            post.put(f"m{number}", alerts=(ERRORS._replace(rule=f"rule_{number}"),))
        post.run(120)
    told = [[alert["rule"] for alert in seen.json["data"]["alerts"]] for seen in other.seen]
    assert [sorted(each) for each in told] == [["rule_0", "rule_1", "rule_2"]]
    assert post.states() == {"m0": "dead", "m1": "dead", "m2": "dead", "m0.team": "sent"}


def test_what_the_fallback_has_not_heard_is_not_joined_to_what_it_has(post: Post) -> None:
    def answer(seen: Seen, number: int) -> Reply:
        return Reply(500) if number == 0 else DELIVERED if seen.id == "m0" else Reply(404)

    with receiving(answer) as broken, receiving() as other:
        post.add("ops", url=broken.url, fallback="team")
        post.add("team", url=other.url)
        for number, after in ((0, 0), (1, 200), (2, 110)):
            post.put(f"m{number}", alerts=(ERRORS._replace(rule=f"rule_{number}"),))
            if number != 1:
                post.run(after)
            else:
                post.now += after
    told = [alert["rule"] for seen in other.seen for alert in seen.json["data"]["alerts"]]
    assert sorted(told) == ["rule_0", "rule_1", "rule_2"]


def test_what_a_channel_tells_for_another_is_not_mixed_with_its_own(post: Post) -> None:
    with receiving(Reply(404)) as broken, receiving() as other:
        post.add("team", url=other.url)
        post.put("m2", "team", alerts=(SLOW,))
        post.now += 120
        post.add("ops", url=broken.url, fallback="team")
        post.put("m1")
        first = post.outbox.claim(post.now, 60, ["team"])
        assert first
        stood = [Row("m1.team", "team", packed(FIRST._replace(id="m1.team", fallback_of="ops", at=AT)), post.now)]
        post.outbox.dead(first, post.now, "404", stood)
        post.run()
    assert {seen.id: seen.json["data"]["fallback_of"] for seen in other.seen} == {"m2": None, "m1.team": "ops"}


def test_a_bundle_is_given_up_with_its_fallback_or_not_at_all(post: Post) -> None:
    post.put("m1")
    post.put("m2")
    row = post.outbox.claim(AT, 60)
    assert row
    post.outbox.join(row, row.payload, post.outbox.fresh("ops"), AT)
    with pytest.raises(ZeroDivisionError):
        post.outbox.dead(row, AT, "404", (Row("m1.team", "team", "{}", AT / number) for number in (1, 0)))
    assert post.states() == {"m1": "sending", "m2": "joined"}


def test_what_waits_behind_a_failure_reaches_the_fallback_too(post: Post) -> None:
    with receiving(Reply(500, headers=(("Retry-After", "3600"),))) as broken, receiving() as other:
        post.add("ops", url=broken.url, fallback="team")
        post.add("team", url=other.url)
        post.put("m1")
        post.run()
        post.put("m2", alerts=(SLOW,))
        post.run(400)
    told = [alert["rule"] for seen in other.seen for alert in seen.json["data"]["alerts"]]
    assert sorted(told) == ["high_error_rate", "slow_response"]
    assert broken.ids == ["m1"]


def test_a_fallback_may_have_one(post: Post) -> None:
    with receiving(Reply(404)) as broken, receiving() as last:
        post.add("ops", url=broken.url, fallback="team")
        post.add("team", url=broken.url, fallback="last")
        post.add("last", url=last.url)
        post.put("m1")
        post.run()
    assert last.ids == ["m1.team.last"]


def test_a_channel_without_its_variable_is_stood_in_for(post: Post) -> None:
    with receiving() as other:
        post.channels["ops"] = Given("ops", None, DropmonError("unset variable X", "export X=…"), "team")
        post.add("team", url=other.url)
        post.put("m1")
        assert ends(post.run()) == [End.WAITING, End.SENT]
        post.run(301)
    assert other.ids == ["m1.team"]
    assert post.states() == {"m1": "waiting", "m1.team": "sent"}
    assert "unset variable X" in other.seen[0].json["data"]["notes"][-1]


@pytest.mark.parametrize("last", ["", "team"], ids=["through any that works", "through the last of the fallbacks"])
def test_when_no_fallback_has_its_variable_either_somebody_else_is_told_at_once(post: Post, last: str) -> None:
    unset = DropmonError("unset variable X", "export X=…")
    with receiving() as other:
        for name, fallback in (("ops", "backup"), ("backup", "everyone"), ("everyone", last)):
            post.channels[name] = Given(name, None, unset, fallback or None)
        post.add("team", url=other.url)
        post.put("m1")
        assert ends(post.run()) == [End.WAITING, End.SENT]
    assert other.ids == ["m1.team"]
    assert post.states() == {"m1": "waiting", "m1.team": "sent"}


def test_a_message_whose_channel_lacks_its_variable_is_told_when_it_has_it(post: Post) -> None:
    with receiving() as own, receiving() as other:
        post.channels["ops"] = Given("ops", None, DropmonError("unset variable X", "export X=…"))
        post.add("team", url=other.url)
        post.put("m1")
        post.run()
        post.add("ops", url=own.url)
        post.run(301)
    assert (own.ids, other.ids) == (["m1"], ["m1.team"])


def test_a_channel_that_is_gone_ends_its_messages(post: Post) -> None:
    post.put("m1", "gone")
    done = post.run()
    assert (ends(done), done.tried[0].why) == ([End.DEAD], "the rules have no channel 'gone'")


@pytest.mark.parametrize("payload", ["", "{}", "[]", "null", '{"alerts": 3}', "\x00"])
def test_what_cannot_be_read_stops_no_other(post: Post, payload: str) -> None:
    with receiving() as receiver:
        post.add("ops", url=receiver.url)
        post.outbox.put([Row("bad", "ops", payload, AT)], AT)
        post.put("m1")
        post.run()
    assert post.states() == {"bad": "dead", "m1": "sent"}
    assert receiver.ids == ["m1"]


def test_a_neighbour_that_cannot_be_read_stops_no_other(post: Post) -> None:
    with receiving(turns(Reply(500), DELIVERED)) as receiver:
        post.add("ops", url=receiver.url)
        post.put("m1")
        post.run()
        post.outbox.put([Row("bad", "ops", '{"alerts": ["x"]}', AT)], AT)
        post.put("m2", alerts=(SLOW,))
        post.run(300)  # m2 is old enough to be told with its neighbours
        assert post.states() == {"m1": "sent", "bad": "dead", "m2": "sent"}
        receiver.answer = turns(Reply(500), DELIVERED)
        post.put("m3")
        post.run()
        post.outbox._database.execute("UPDATE outbox SET state = 'sent', done = '[1]', number = 99 WHERE id = 'bad'")
        post.run(300)  # what has overtaken it is looked at
    assert post.states()["m3"] == "sent"


STUCK = [
    # one message fails for long: what is critical passes it, unless the receiver has asked for a pause
    ((), Severity.CRITICAL, True),
    ((), Severity.HIGH, False),
    ((("Retry-After", "3000"),), Severity.CRITICAL, False),
    ((("Retry-After", "1"),), Severity.CRITICAL, True),
]


@pytest.mark.parametrize(("headers", "severity", "passes"), STUCK)
def test_what_is_critical_does_not_wait_for_one_message_that_fails_for_long(
    post: Post, headers: tuple[tuple[str, str], ...], severity: Severity, passes: bool
) -> None:
    with receiving(lambda seen, _: Reply(500, headers=headers) if seen.id == "poison" else DELIVERED) as receiver:
        post.add("ops", url=receiver.url)
        post.put("poison")
        while post.row("poison").attempts < 6:
            post.run(60)
        post.put("m1", alerts=(SLOW, SLOW._replace(rule="other", severity=severity)))
        post.run(2)
        assert ("m1" in receiver.ids) is passes
        post.put("m2", alerts=(SLOW._replace(labels={"severity": "critical"}),))
        post.run(1)
        assert "m2" not in receiver.ids
        assert len(post.outbox.fresh("ops")) == 2 - passes
        post.run(4000)
        assert {"m1", "m2"} <= {row.id for row in post.outbox.rows(("sent", "joined"))}


def test_a_pause_that_was_asked_for_ends_when_the_clock_was_set_back(post: Post) -> None:
    reply = Reply(503, headers=(("Retry-After", "600"),))
    with receiving(turns(reply, DELIVERED)) as receiver:
        post.add("ops", url=receiver.url)
        post.put("m1")
        post.run()
        post.run(-86400)
        post.put("m2", alerts=(SLOW,))
        post.run(590)
        assert receiver.ids == ["m1"]
        post.run(15)
    assert receiver.ids == ["m1", "m1", "m2"]


@pytest.mark.slow
def test_a_day_is_enough(post: Post) -> None:
    with receiving(Reply(503)) as receiver:
        post.add("ops", url=receiver.url)
        post.put("m1")
        for _ in range(60):
            post.run(1800)
    assert post.states() == {"m1": "dead"}
    assert 40 <= len(receiver.seen) <= 50


def test_more_than_the_limit_is_one_message(post: Post) -> None:
    with receiving() as receiver:
        post.add("ops", url=receiver.url, limit="3/minute")
        for number in range(20):
            post.put(f"m{number}", alerts=(ERRORS._replace(rule=f"rule_{number}"),))
        post.run()
        for number in range(20, 40):
            post.put(f"m{number}", alerts=(ERRORS._replace(rule=f"rule_{number}"),))
        for _ in range(10):
            post.run(10)
    told = [one["rule"] for seen in receiver.seen for one in seen.json["data"]["alerts"]]
    assert len(receiver.seen) <= 6
    assert len(told) + sum(seen.json["data"]["more"] for seen in receiver.seen) == 40
    assert set(post.states().values()) == {"sent", "joined"}


def test_what_a_channel_does_not_want_to_hear_does_not_count_as_said(post: Post) -> None:
    with receiving() as receiver:
        post.add("ops", url=receiver.url, severities=["critical"], limit="2/hour")
        for number in range(5):
            post.put(f"m{number}", alerts=(SLOW,))
            post.run()
        post.put("critical", alerts=(SLOW._replace(severity=Severity.CRITICAL),))
        post.run()
    assert receiver.ids == ["critical"]


def test_a_channel_hears_only_what_it_wants(post: Post) -> None:
    with receiving() as receiver:
        post.add("ops", url=receiver.url, severities=["critical"], resolved=False)
        post.put("m1", alerts=(ERRORS, SLOW))
        post.put("m2", alerts=(SLOW,))
        post.put("m3", reason=Reason.RESOLVED, alerts=(OVER,))
        post.run()
    assert [one["rule"] for seen in receiver.seen for one in seen.json["data"]["alerts"]] == ["high_error_rate"]
    assert set(post.states().values()) == {"sent"}


def test_a_clock_that_is_set_back_holds_nothing_up_for_long(post: Post) -> None:
    with receiving(turns(Reply(500), DELIVERED)) as receiver:
        post.add("ops", url=receiver.url)
        post.put("m1")
        post.run()
        post.run(-86400)
        assert receiver.ids == ["m1"]
        post.run(60)
    assert receiver.ids == ["m1", "m1"]


def test_a_lease_of_a_clock_that_was_set_back_ends(post: Post) -> None:
    with receiving() as receiver:
        post.add("ops", url=receiver.url)
        post.put("m1")
        assert post.outbox.claim(post.now, 60)
        post.run(-86400)
        post.run(61)
    assert receiver.ids == ["m1"]


# What Twilio may have taken


def sms(post: Post, url: str, **more: Any) -> None:
    post.add("ops", "twilio", account="AC0", token="t0ken", **{"from": "+33900000000"}, to="+33612345678",
             api=url, **more)  # fmt: skip


def bodies(receiver: Receiver) -> list[str]:
    return [seen.method for seen in receiver.seen]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("listed", "asked"),
    [(True, ["POST", "GET"]), (False, ["POST", "GET", "POST"])],
    ids=["it had arrived", "it had not"],
)
def test_an_sms_that_may_have_arrived_is_looked_for_before_it_is_sent_again(
    post: Post, listed: bool, asked: list[str]
) -> None:
    def answer(seen: Seen, number: int) -> Reply:
        if seen.method == "GET":
            from urllib.parse import parse_qs

            text = parse_qs(receiver.seen[0].body.decode())["Body"][0]
            return Reply(200, json.dumps({"messages": [{"body": text, "status": "sent"}] if listed else []}).encode())
        return Reply(after=1.5) if number == 0 else Reply(201, b"{}")

    with receiving(answer) as receiver:
        sms(post, receiver.url)
        post.put("m1")
        assert ends(post.run()) == [End.WAITING]
        assert post.row("m1").doubt
        post.run(120)
        post.run(3600)
    assert bodies(receiver) == asked
    assert post.states() == {"m1": "sent"}


def test_an_sms_of_which_nobody_can_tell_is_not_sent_again(post: Post) -> None:
    with receiving(lambda seen, _: Reply(reset=True) if seen.method == "POST" else Reply(500)) as receiver:
        sms(post, receiver.url)
        post.put("m1")
        for _ in range(60):
            post.run(1800)
    assert bodies(receiver).count("POST") == 1
    assert post.states() == {"m1": "dead"}


def test_an_sms_that_was_certainly_not_taken_is_sent_again(post: Post) -> None:
    with receiving(turns(Reply(429), Reply(201, b"{}"))) as receiver:
        sms(post, receiver.url)
        post.put("m1")
        post.run()
        post.run(60)
    assert bodies(receiver) == ["POST", "POST"]


def test_who_has_it_does_not_get_it_again_when_another_fails(post: Post) -> None:
    def answer(seen: Seen, number: int) -> Reply:
        return Reply(429) if b"222222" in seen.body and number < 2 else Reply(201, b"{}")

    with receiving(answer) as receiver:
        post.add("ops", "twilio", account="AC0", token="t0ken", **{"from": "+33900000000"},
                 to=["+33611111111", "+33622222222"], api=receiver.url)  # fmt: skip
        post.put("m1")
        post.run()
        post.run(60)
    to = [seen.body.decode().partition("&")[0] for seen in receiver.seen]
    assert to == ["To=%2B33611111111", "To=%2B33622222222", "To=%2B33622222222"]


@pytest.mark.parametrize("dead", [0, 1])
def test_one_member_of_a_cluster_is_enough(post: Post, dead: int) -> None:
    with receiving() as alive:
        urls = [alive.url, alive.url + "/second"]
        urls[dead] = f"http://127.0.0.1:{free_port()}"
        post.add("ops", "alertmanager", url=urls)
        post.put("m1")
        assert ends(post.run()) == [End.SENT]
    assert len(alive.seen) == 1


# The store


def test_a_process_that_sleeps_through_its_lease_does_not_settle_what_is_anothers(post: Post) -> None:
    post.put("m1")
    first = post.outbox.claim(AT, 60)
    second = post.outbox.claim(AT + 61, 60)
    assert first
    assert second
    assert not post.outbox.sent(first, AT + 62)
    assert not post.outbox.retry(first, AT + 62, AT + 63, "", doubt=False)
    assert post.outbox.sent(second, AT + 62)
    assert second.doubt
    assert not first.doubt


def test_a_store_that_fails_costs_the_mark_not_the_message(post: Post, tmp_path: Path) -> None:
    with receiving() as receiver, receiving() as other:
        post.add("ops", url=receiver.url, timeout="5s")
        post.add("team", url=other.url)
        post.put("m1")

        def locked(_: Seen, number: int) -> Reply:
            if number == 0:  # between the sending and the mark
                blocker.execute("BEGIN IMMEDIATE")
            return DELIVERED

        receiver.answer = locked
        blocker = sqlite3.connect(tmp_path / "dropmon.db", isolation_level=None, check_same_thread=False)
        post.outbox._database.execute("PRAGMA busy_timeout = 100")
        done = post.run()
        blocker.execute("ROLLBACK")
        blocker.close()
        assert [type(each).__name__ for each in done.warnings] == ["StorageError"]
        post.run(300)
    assert receiver.ids == ["m1", "m1"]
    assert post.states() == {"m1": "sent"}


def test_no_secret_lies_in_the_outbox(post: Post, tmp_path: Path) -> None:
    secrets.remember("planted-on-disk")
    with receiving(Reply(404, b"no such token: planted-on-disk")) as receiver:
        post.add("ops", url=receiver.url + "/planted-on-disk")
        post.put("m1", alerts=(ERRORS._replace(description="planted-on-disk", labels={"token": "planted-on-disk"}),))
        post.run()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"no such token" in kept
    assert b"planted-on-disk" not in kept


def test_old_messages_are_forgotten_and_open_ones_are_not(post: Post) -> None:
    with receiving() as receiver:
        post.add("ops", url=receiver.url)
        post.put("m1")
        post.run()
        post.put("m2", "nobody_yet")
        assert post.outbox.tidy(AT + 1, 0.0) == 1
    assert post.states() == {"m2": "waiting"}


@pytest.mark.slow
def test_an_alert_that_is_over_is_resolved_once_and_for_all(post: Post) -> None:
    """Whatever fails on the way, the last thing that a receiver hears is how it stands."""
    import random

    for seed in range(15):
        chance = random.Random(seed)
        with receiving(lambda _, __, c=chance: c.choice([DELIVERED, Reply(500), Reply(429)])) as receiver:  # type: ignore[misc]
            post.add("ops", url=receiver.url)
            for number in range(6):
                over = number % 2 == 1
                post.put(
                    f"{seed}.{number}",
                    alerts=(OVER if over else ERRORS,),
                    reason=Reason.RESOLVED if over else Reason.FIRST,
                )
                post.run(chance.choice([1, 60, 900]))
            receiver.answer = turns(DELIVERED)
            for _ in range(4):
                post.run(900)
            said = [seen.json["data"]["alerts"][0]["phase"] for seen in receiver.seen]
        assert said[-1] == Phase.RESOLVED.value
    assert set(post.states().values()) <= {"sent", "joined"}
