"""The channel `oncall` reaches whoever has the pager at that moment, by their own phone, mail and Slack."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from dropmon.alerts.notification import Severity
from dropmon.alerts.outcome import End, Round
from dropmon.flows import paging, telling
from dropmon.flows.rota import fairness, override, schedule
from dropmon.oncall.roster import Override
from dropmon.rules import Rules, load
from dropmon.storage import open_for
from dropmon.storage.outbox import open_outbox
from tests.alerts.channels.receiver import Reply
from tests.oncall.phones import PARIS, PEOPLE, ROTATION, Phones, message, ringing

ANN = ["+33600000001", "<@U01>", "ann@example.com"]
BOB = ["+33600000002", "bob@example.com"]
MUTE = PEOPLE.replace(', phone: "+33600000001", email: ann@example.com, slack: U01', "")


@pytest.fixture
def phones(tmp_path: Path) -> Iterator[Phones]:
    with ringing(tmp_path) as phones:
        yield phones


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp()


MONDAY = at("2026-01-12 09:00")  # ann hands over to bob


def say(rules: Rules, now: float, *messages: object) -> Round:
    return telling.say(rules, None, messages, lambda: now)  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize(("now", "whom"), [(MONDAY - 1, ANN), (MONDAY, BOB)])
def test_it_is_whoever_has_the_pager_when_it_is_sent(phones: Phones, now: float, whom: list[str]) -> None:
    done = say(phones.rules(), now, message(MONDAY - 3600))

    assert (phones.whom, [each.end for each in done.tried]) == (sorted(whom), [End.SENT])
    assert all("Stripe is down" in what for _, what in phones.arrived)


@pytest.mark.parametrize(
    ("channel", "severity", "whom"),
    [
        ("oncall", Severity.HIGH, ANN[1:]),  # an SMS is for what is critical, as its channel says
        ("oncall.backup", Severity.CRITICAL, BOB),
        ("oncall.bob", Severity.HIGH, BOB[1:]),
        ("oncall.everyone", Severity.CRITICAL, [*ANN, *BOB, "carol@example.com"]),
    ],
)
def test_other_channels_are_other_people(phones: Phones, channel: str, severity: Severity, whom: list[str]) -> None:
    say(phones.rules(), MONDAY - 60, message(MONDAY - 60, channel, severity))
    assert phones.whom == sorted(whom)


def test_what_has_arrived_is_not_repeated_and_the_rest_is_tried_again(phones: Phones) -> None:
    rules, phones.slack = phones.rules(), Reply(503, headers=(("Retry-After", "20"),))
    first = say(rules, MONDAY - 3600, message(MONDAY - 3600))
    assert (phones.whom, [each.end for each in first.tried]) == ([ANN[0], ANN[2]], [End.WAITING])
    phones.slack = Reply()
    second = say(rules, MONDAY - 3000)

    assert [each.end for each in second.tried] == [End.SENT]
    assert phones.whom == sorted(ANN)


def test_a_message_that_waited_goes_to_whoever_has_the_pager_by_then(phones: Phones) -> None:
    rules, phones.slack, phones.sms, phones.mail = phones.rules(), Reply(503), Reply(429), "451 later"
    say(rules, MONDAY - 60, message(MONDAY - 60))
    assert phones.arrived == []
    phones.slack, phones.sms, phones.mail = Reply(), Reply(201, b"{}"), "250 OK"
    say(rules, MONDAY + 60)

    assert phones.whom == sorted(BOB)


def test_an_override_counts_from_the_moment_it_is_made(phones: Phones) -> None:
    rules = phones.rules()
    override(rules, None, [Override("1", "bob", MONDAY - 7200, MONDAY, "ann", created=MONDAY - 7200)])
    say(rules, MONDAY - 3600, message(MONDAY - 3600))
    assert phones.whom == sorted(BOB)


@pytest.mark.parametrize(
    ("people", "rotation", "whom", "why"),
    [
        (MUTE, ROTATION, BOB, "Ann cannot be reached"),
        (PEOPLE, "[]", [*ANN, *BOB, "carol@example.com"], "nobody is on call"),
    ],
)  # fmt: skip
def test_who_cannot_be_reached_is_stood_in_for_which_is_said(
    phones: Phones, people: str, rotation: str, whom: list[str], why: str
) -> None:
    rules = phones.rules(people, rotation)
    say(rules, MONDAY - 60, message(MONDAY - 60))

    assert phones.whom == sorted(whom)
    assert why in dict(phones.arrived)["bob@example.com"]


def test_when_nothing_reaches_them_the_backup_is_told(phones: Phones) -> None:
    rules, phones.slack = phones.rules('{ann: {name: Ann, slack: U01}, bob: {name: Bob, phone: "+33600000002"}}',
                                       "[{primary: ann, backup: bob}]"), Reply(404)  # fmt: skip
    done = say(rules, MONDAY - 60, message(MONDAY - 60))

    assert [(each.channel, each.end) for each in done.tried] == [
        ("oncall", End.DEAD),
        ("oncall.backup", End.SENT),
    ]
    assert phones.whom == [BOB[0]]


def test_when_nothing_got_through_for_five_minutes_the_backup_is_told_as_well(phones: Phones) -> None:
    two = '{ann: {name: Ann, phone: "+33600000001"}, bob: {name: Bob, phone: "+33600000002"}}'
    rules, phones.busy = phones.rules(two, "[{primary: ann, backup: bob}]"), ANN[0]
    say(rules, MONDAY, message(MONDAY))
    say(rules, MONDAY + 200)
    assert phones.whom == []
    say(rules, MONDAY + 301)
    assert phones.whom == [BOB[0]]
    phones.busy = ""
    say(rules, MONDAY + 3600)
    assert phones.whom == [ANN[0], BOB[0]]


def test_when_nobody_on_call_has_a_way_another_channel_is_told_in_the_same_run(phones: Phones) -> None:
    two = '{ann: {name: Ann, phone: "+33600000001"}, bob: {name: Bob, phone: "+33600000002"}}'
    phones.rules(two, "[{primary: ann, backup: bob}]")
    path = phones.folder / "rules.yaml"
    path.write_text(path.read_text().replace("token: planted", "token: '${NO_SUCH_TOKEN}'"))
    done = say(load(path), MONDAY, message(MONDAY))

    assert [(each.channel, each.end) for each in done.tried] == [("oncall", End.WAITING), ("slack", End.SENT)]
    ((_, what),) = phones.arrived
    assert "none of them can be reached" in what


def test_several_broken_servers_keep_nobody_waiting(phones: Phones) -> None:
    phones.slack, phones.sms = Reply(503), Reply(503)
    say(phones.rules(), MONDAY - 60, message(MONDAY - 60, "oncall.everyone"))
    assert phones.whom == ["ann@example.com", "bob@example.com", "carol@example.com"]


def test_who_takes_nothing_of_it_is_no_silence(phones: Phones) -> None:
    rules = phones.rules('{ann: {name: Ann, phone: "+33600000001"}}', "[{primary: ann}]")
    (tried, *_) = say(rules, MONDAY, message(MONDAY, severity=Severity.LOW)).tried
    assert (tried.end, tried.why) == (End.DEAD, "no channel of theirs takes it: see `severities`")


def test_people_without_any_channel_are_a_problem_that_is_said(phones: Phones) -> None:
    rules = phones.rules("{ann: {name: Ann}}", "[{primary: ann}]")
    found = paging.channels(rules, None, MONDAY)
    assert "none of them can be reached" in str(found["oncall"].problem)


def test_a_store_that_cannot_be_read_keeps_nobody_from_being_told(phones: Phones) -> None:
    rules = phones.rules()
    (phones.folder / "history.db").write_text("this is no database, and longer than a header of one would be" * 9)
    done = telling.say_at_once(rules, [message(MONDAY)], lambda: MONDAY)

    assert [each.end for each in done.tried] == [End.SENT]
    assert phones.whom == sorted(BOB)
    assert "what was changed from the command line is not known" in paging.on_duty(rules, None, MONDAY).warnings[0]


def test_asking_makes_no_store(phones: Phones) -> None:
    assert paging.on_duty(phones.rules(), None, MONDAY).primary
    assert not (phones.folder / "history.db").exists()


def test_the_past_is_what_was_served(phones: Phones) -> None:
    rules = phones.rules()
    with open_for(rules) as store:
        paging.remember(rules, store, MONDAY - 3600)
        paging.remember(rules, store, MONDAY + 3600)
    changed = phones.rules(rotation="[{primary: carol, backup: bob}]")

    past = [paging.on_duty(changed, None, MONDAY + offset) for offset in (-3600, 0, 3600, 3601)]
    assert [duty.primary.id for duty in past if duty.primary] == ["ann", "bob", "bob", "carol"]
    assert past[0].start == at("2026-01-05 09:00")  # known from the start of the shift that was on


@pytest.mark.slow
def test_a_phone_rings_no_more_often_than_its_channel_says(phones: Phones) -> None:
    rules = phones.rules()
    with open_outbox(rules) as outbox:
        assert not outbox.waiting(MONDAY)
    for number in range(20):
        say(rules, MONDAY + number, message(MONDAY + number, id=str(number)))
    assert len([whom for whom in phones.whom if whom == BOB[0]]) <= 12


@pytest.mark.slow
def test_each_phone_of_several_costs_one_of_what_the_channel_may(phones: Phones) -> None:
    rules = phones.rules()
    limits = {name: one.channel.rate for name, one in paging.channels(rules, None, MONDAY).items() if one.channel}
    assert {name: limit and limit[0] for name, limit in limits.items()} == {
        "oncall": 12, "oncall.backup": None, "oncall.everyone": 6, "oncall.ann": 12, "oncall.bob": 12,
        "oncall.carol": None,
    }  # fmt: skip
    for number in range(20):
        say(rules, MONDAY + number, message(MONDAY + number, "oncall.everyone", id=str(number)))
    assert 8 <= len([whom for whom in phones.whom if whom.startswith("+")]) <= 12


@pytest.mark.parametrize(("since", "whom"), [(-61, [BOB[0]]), (61, [])])
def test_what_may_have_reached_somebody_else_is_sent_and_what_may_have_reached_them_is_not(
    phones: Phones, since: float, whom: list[str]
) -> None:
    """Nobody can tell whether an SMS has arrived: before the hand-off it was to somebody else."""
    rules = phones.rules('{ann: {name: Ann, phone: "+33600000001"}, bob: {name: Bob, phone: "+33600000002"}}',
                         "[{primary: ann, backup: bob}, {primary: bob, backup: ann}]")  # fmt: skip
    phones.sms, phones.listed = Reply(503), Reply(401)
    say(rules, MONDAY + since, message(MONDAY + since))
    phones.sms = Reply(201, b"{}")
    say(rules, MONDAY + since + 130)
    assert phones.whom == whom


def test_nobody_has_got_what_went_to_nobody(phones: Phones) -> None:
    rules = phones.rules('{ann: {name: Ann, phone: "+33600000001"}}', "[{primary: ann}]")
    channel = paging.channels(rules, None, MONDAY)["oncall"].channel
    assert channel
    (letter,) = channel.letters(message(MONDAY, severity=Severity.LOW), telling.voice(rules))
    assert (letter.to, channel.arrived(letter, MONDAY), channel.send(letter, MONDAY).ok) == ("nobody", False, False)


def test_a_variable_that_is_not_set_costs_one_phone_and_not_the_pager(phones: Phones) -> None:
    rules = phones.rules(PEOPLE.replace('"+33600000001"', '"${NO_SUCH_PHONE}"'))
    say(rules, MONDAY - 60, message(MONDAY - 60))

    assert phones.whom == sorted(ANN[1:])
    assert paging.on_duty(rules, None, MONDAY - 60).warnings == ("rules.yaml:10:29: unset variable NO_SUCH_PHONE",)


def test_times_are_by_the_clock_where_somebody_lives(phones: Phones) -> None:
    rules = phones.rules(PEOPLE.replace("slack: U01", "slack: U01, timezone: Asia/Tokyo"))
    say(rules, MONDAY - 60, message(MONDAY - 60))

    assert "Since: 2026-01-12 16:59 JST" in dict(phones.arrived)["ann@example.com"]


def test_fairness_counts_what_was_served_and_then_what_the_rules_say(phones: Phones) -> None:
    rules = phones.rules()
    with open_for(rules) as store:
        paging.remember(rules, store, MONDAY - 3600)  # ann, since a week
    changed = phones.rules(rotation="[{primary: carol, backup: bob}]")
    table = fairness(changed, None, MONDAY, 1, 1)

    hours = {row["person"]: row["primary_hours"] for row in table.rows}
    assert hours == {"ann": 167.0, "bob": 0, "carol": 169.0}
    assert table.notes == ("as it was served since Mon 2026-01-05 09:00 CET",)


def test_past_weeks_are_shown_as_they_were_served(phones: Phones) -> None:
    rules = phones.rules()
    with open_for(rules) as store:
        paging.remember(rules, store, MONDAY - 3600)
        paging.remember(rules, store, MONDAY + 3600)
    changed = phones.rules(rotation="[{primary: carol, backup: bob}]")

    rows = schedule(changed, None, at("2026-01-06 00:00"), 3).rows
    assert [(row["primary"], row["from"], row["until"]) for row in rows] == [
        ("ann", "Mon 2026-01-05 09:00", "Mon 2026-01-12 09:00"),
        ("bob", "Mon 2026-01-12 09:00", "Mon 2026-01-12 10:00"),
        ("carol", "Mon 2026-01-12 10:00", "Mon 2026-01-19 09:00"),
        ("carol", "Mon 2026-01-19 09:00", "Mon 2026-01-26 09:00"),
    ]
    same = schedule(rules, None, at("2026-01-06 00:00"), 3).rows
    assert [row["until"] for row in same] == ["Mon 2026-01-12 09:00", "Mon 2026-01-19 09:00", "Mon 2026-01-26 09:00"]
