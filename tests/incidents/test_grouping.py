"""One outage is one incident: what joins, what opens another, what comes back, what opens nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from dropmon.alerts.silence import matcher
from dropmon.incidents.grouping import Span, alike, back, home
from dropmon.incidents.incident import Incident, Member, State
from dropmon.incidents.policy import Level, Policy
from dropmon.storage.alerts import Silenced, alerts_of
from tests.incidents.scene import START, Scene

DAY = 24 * 60


def alert(rule: str, fired: float, **labels: str) -> Member:
    return Member(rule, tuple(sorted(labels.items())), rule, rule, "high", fired)


OPEN = Incident(1, "x", Policy(Level.MAJOR), 0.0, joined=0.0, members=(alert("api_down", 0.0, check="Stripe"),))


@pytest.mark.parametrize(
    ("one", "joins"),
    [
        (alert("api_down", 60.0, check="Shopify"), True),  # the same rule
        (alert("api_down", 601.0, check="Shopify"), False),  # the same rule, later
        (alert("slow", 600.0, check="Stripe"), True),  # the same check
        (alert("slow", 600.5, check="Stripe"), False),
        (alert("slow", 60.0, check="Shopify"), False),
        (alert("slow", 60.0, host="Stripe"), False),  # the same value of another label
        (alert("slow", 60.0, region="Stripe"), False),
        (alert("errors", 9000.0), True),  # depends on the rule, however long it lasts
        (alert("network", 9000.0), True),  # the rule depends on it
        (alert("api_down", 9000.0, check="Stripe"), True),  # it was there before
        (alert("slow", 60.0, check=""), False),
    ],
)
def test_what_joins(one: Member, joins: bool) -> None:
    related = {"errors": ("api_down",), "api_down": ("network",)}
    assert (home(one, [OPEN], related, Span(), one.fired) is OPEN) is joins


@pytest.mark.parametrize(("at", "joins"), [(300.0, True), (600.0, True), (601.0, False), (4 * 86400.0, False)])
def test_an_incident_grows_by_what_is_heard_of_soon_however_long_it_was_silenced(at: float, joins: bool) -> None:
    long_ago = alert("slow", -7200.0, check="Stripe")
    assert (home(long_ago, [OPEN], {}, Span(), at) is OPEN) is joins


@pytest.mark.parametrize(("at", "back_"), [(1800.0, True), (1801.0, False), (4 * 86400.0, False)])
def test_an_incident_is_brought_back_by_what_is_heard_of_soon(at: float, back_: bool) -> None:
    over = OPEN._replace(state=State.RESOLVED, resolved=0.0)
    assert (back(alert("api_down", 60.0, check="Stripe"), [over], Span(), at) is over) is back_


@pytest.mark.parametrize("label", ["check", "host", "service", "database"])
def test_labels_that_name_a_cause(label: str) -> None:
    incident = OPEN._replace(members=(alert("a", 0.0, **{label: "x"}),))
    assert alike(alert("b", 0.0, **{label: "x"}), incident)


def test_the_incident_that_grew_last_goes_first() -> None:
    later = OPEN._replace(number=2, joined=500.0)
    assert home(alert("api_down", 550.0), [OPEN, later], {}, Span(), 550.0) is later


@pytest.mark.parametrize(
    ("script", "ticks", "states"),
    [
        ([(0, "fire api_down Stripe"), (1, "fire slow Stripe")], [0, 1], ["critical triggered"]),
        ([(0, "fire slow Stripe"), (1, "fire api_down Stripe")], [0, 1], ["critical triggered"]),  # and it is worse
        ([(0, "fire slow a"), (30, "fire disk b")], [0, 30], ["major triggered", "minor triggered"]),
        ([(0, "fire slow a"), (1, "end slow a")], [0, 1], ["major resolved"]),
        ([(0, "fire slow a"), (1, "end slow a")], [2], ["major resolved"]),  # both before one tick
        ([(0, "fire slow a"), (1, "fire slow b"), (2, "end slow a")], [0, 1, 2], ["major triggered"]),
        ([(0, "fire slow a"), (1, "end slow a"), (31, "fire slow a")], [0, 1, 31], ["major triggered"]),  # it is back
        (
            [(0, "fire slow a"), (1, "end slow a"), (32, "fire slow a")],
            [0, 1, 32],
            ["major resolved", "major triggered"],
        ),
        ([(0, "fire slow a"), (1, "resolve 1")], [0, 1, 2, 3], ["major resolved"]),  # it fires still, and is known
        (
            [(0, "fire slow a"), (1, "resolve 1"), (5, "end slow a"), (40, "fire slow a")],
            [0, 1, 5, 40],
            ["major resolved", "major triggered"],
        ),
        (
            [(0, "open 0 major"), (1, "fire slow a"), (2, "end slow a")],
            [0, 1, 2],
            ["major triggered", "major resolved"],
        ),
        ([(0, "fire disk a"), (1, "fire disk a critical")], [0, 1, 2], ["critical triggered"]),
        ([(0, "fire disk a critical"), (1, "severity 1 minor")], [0, 1, 2], ["minor triggered"]),  # said so
        (
            [(0, "fire slow a"), (0, "fire disk b"), (2, "merge 2 1"), (3, "end slow a"), (4, "end disk b")],
            [0, 2, 3, 4],
            ["major resolved", "minor merged"],
        ),
        (
            [(0, "fire disk a"), (0, "fire slow b"), (2, "merge 2 1"), (3, "end slow b")],
            [0, 2, 3],
            ["major triggered", "major merged"],
        ),
        (  # what became part of it makes it grow
            [(0, "fire slow a"), (11, "fire disk b"), (12, "merge 2 1"), (20, "fire disk c")],
            [0, 11, 12, 20],
            ["major triggered", "minor merged"],
        ),
        (
            [(0, "fire slow a"), (11, "fire disk b"), (12, "merge 2 1"), (22, "fire disk c")],
            [0, 11, 12, 22],
            ["major triggered", "minor merged", "minor triggered"],
        ),
    ],
)
def test_what_alerts_make_of_incidents(
    script: list[tuple[float, str]], ticks: list[float], states: list[str], tmp_path: Path
) -> None:
    scene = Scene(tmp_path)
    scene.play(script, ticks)
    scene.tick()
    assert scene.states() == states


def test_an_alert_that_fires_already_opens_one_at_the_first_tick(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    Path(scene.place).unlink()
    scene.minute = -2000
    scene.alert("slow", "a", fires=True)
    scene.alert("slow", "old", fires=True)
    scene.alert("slow", "old", fires=False)
    scene.minute = 0
    scene.tick()
    assert scene.states() == ["major triggered"]
    assert scene.incident().opened == START  # its clocks begin when somebody could know


def test_a_silenced_alert_opens_none_until_the_silence_ends(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    with scene.store() as store:
        alerts_of(store).silence(Silenced("s", (matcher("slow"),), START, START + 600, "a", "", START))
    scene.play([(0, "fire slow a")], [0, 5])
    assert scene.states() == []
    scene.play([], [10])
    assert scene.states() == ["major triggered"]


def test_a_silence_that_ends_late_makes_nothing_join_what_has_stopped_to_grow(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    with scene.store() as store:
        alerts_of(store).silence(Silenced("s", (matcher("slow"),), START, START + 4 * 86400, "a", "", START))
    scene.play([(0, "fire slow a"), (DAY, "fire api_down a")], [0, DAY, 4 * DAY, 4 * DAY + 1])
    assert scene.states() == ["critical triggered", "major triggered"]


def test_who_knew_of_one_that_became_part_of_another_hears_its_end(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    script = [(0.0, "fire api_down a"), (11, "fire disk b"), (40, "merge 1 2"), (50, "end api_down a")]
    told = scene.play([*script, (50, "end disk b")], [0, 11, 16, 31, 40, 50])
    knew = {"slack", "sms", "oncall.everyone"}  # which is also whoever is on call
    assert {name.removeprefix("1-merged-") for _, name in told if name.startswith("1-merged")} == knew
    over = {name.split("-", 2)[2] for _, name in told if name.startswith("2-resolved")}
    assert over == knew | {"tracker"}


def test_a_ticket_of_one_that_became_part_of_another_is_not_that_of_the_other(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.play([(0, "fire disk a"), (11, "fire slow b"), (12, "merge 1 2")], [0, 11, 12])
    assert "1-merged-tracker" in scene.waiting()
    assert "tracker" not in scene.incident(2).told


def test_an_alert_that_another_explains_only_joins(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.play([(0, "fire errors x"), (0, "fire api_down Stripe")], [0])
    assert scene.states() == ["critical triggered"]
    assert [each.rule for each in scene.incident().members] == ["api_down", "errors"]


def test_changes_that_are_older_than_a_day_open_nothing(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.play([(0, "fire slow a"), (1, "end slow a")], [DAY + 10])
    assert scene.states() == []


def test_nothing_happens_without_the_section(tmp_path: Path) -> None:
    from tests.incidents.scene import RULES

    scene = Scene(tmp_path, RULES[: RULES.index("incidents:")])
    assert scene.play([(0, "fire slow a")], [0, 5]) == []
    assert scene.states() == []
