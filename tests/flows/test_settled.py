"""What channels know after a turn that nobody remembers."""

from __future__ import annotations

from dropmon.alerts.notification import Alert, Notification, Phase, Reason, Severity
from dropmon.alerts.rule import Labels
from dropmon.alerts.state import State, Told
from dropmon.flows.unkept import settled


def told(check: str, id_: str) -> State:
    return State("r", (("check", check),), Phase.FIRING, told=(Told("slack", id=id_, open=True),))


def message(id_: str, labels: Labels) -> Notification:
    own = dict(labels)
    alert = Alert("r", "", Severity.HIGH, Phase.FIRING, {**own, "team": "shop"}, own=own)
    return Notification(id_, "slack", Reason.FIRST, (alert,), 5.0)


def test_a_message_that_failed_takes_back_only_the_series_that_it_tells_of() -> None:
    one, two = told("1", "x"), told("2", "y")
    states = {each.key: each for each in (one, two)}
    found = {each.labels: each.told for each in settled({}, states, [message("y", two.labels)], 5.0)}
    assert found == {one.labels: one.told, two.labels: ()}
