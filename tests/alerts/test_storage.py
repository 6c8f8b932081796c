from __future__ import annotations

from pathlib import Path

import pytest

from dropmon.alerts.silence import Silence, matcher
from dropmon.errors import StorageError
from dropmon.storage import open_store
from dropmon.storage.alerts import AlertStore, Changed, Kept, Silenced, alerts_of
from dropmon.storage.outbox import Row

LABELS = (("check", "Café"),)


def test_states_messages_and_changes_are_kept_together_or_not_at_all(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "x.db")) as store:
        alerts = alerts_of(store)

        def write(alerts: AlertStore, divisor: int) -> None:
            alerts.keep([Kept("r", LABELS, "firing", 5.0, "{}")], [], 5.0)
            alerts.tell([Row("1", "slack", "{}", 5.0)], 5.0)
            alerts.note([Changed(5.0, "r", LABELS, "pending", "firing", float("nan"))], 5.0 / divisor)

        with pytest.raises(ZeroDivisionError), alerts.writing():
            write(alerts, 0)
        assert (alerts.states(), alerts.changes(0, 9), alerts.turn()) == ([], [], (0, 0.0))
        with alerts.writing():
            write(alerts, 1)
        assert alerts.states() == [Kept("r", LABELS, "firing", 5.0, "{}")]
        assert alerts.changes(0, 9, "r") == [Changed(5.0, "r", LABELS, "pending", "firing", None)]
        assert (alerts.changes(0, 9, "q"), alerts.changes(5, 9), alerts.turn()) == ([], [], (1, 5.0))
        with alerts.writing():
            alerts.keep([], [("r", LABELS)])
        assert (alerts.states(), alerts.turn()) == ([], (2, 5.0))


def test_what_is_decided_outlives_a_power_failure(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "x.db")) as store:
        alerts = alerts_of(store)
        asked = "PRAGMA synchronous"
        with alerts.writing():
            assert alerts._database.execute(asked).fetchone() == (2,)  # FULL
        assert alerts._database.execute(asked).fetchone() == (1,)  # NORMAL: a few samples are no such loss


@pytest.mark.parametrize(
    ("rows", "lost"),
    [
        ({"1": "dead", "2": "waiting"}, "1"),
        ({"1": "sent"}, ""),
        ({"1": "dead", "1.sms": "waiting"}, ""),
        ({"1": "dead", "1.sms": "dead"}, "1"),
        ({"1": "dead", "1.sms": "dead", "2": "dead", "2.sms": "sent"}, "1"),  # of another message
        ({"1": "dead", "10.sms": "sent", "1-sms": "sent", "1/sms": "sent"}, "1"),
        ({"1": "dead", "1.sms": "dead", "1.sms.mail": "sent"}, ""),
        ({"1": "dead told in 2", "2": "dead"}, "12"),
        ({"1": "dead told in 2", "2": "dead", "2.sms": "sent"}, ""),
        ({"1": "dead told in 2", "1.sms": "sent", "2": "dead"}, "2"),
        ({"1": "joined told in 2", "2": "waiting"}, ""),
        ({"1": "dead", "1.sms": "dead told in 2.sms", "2.sms": "dead", "2.sms.mail": "sent", "2": "dead"}, ""),
        ({"1": "dead told in 1", "2": "dead told in 9"}, "12"),
        ({"1": "dead 404: told in 2", "2": "sent"}, "1"),
    ],
)
def test_a_message_is_lost_when_no_channel_tells_it(tmp_path: Path, rows: dict[str, str], lost: str) -> None:
    place = str(tmp_path / "x.db")
    with open_store(place) as store:
        alerts = alerts_of(store)
        with alerts.writing():
            alerts.tell([Row(id_, "a", "not JSON", 0.0) for id_ in rows], 0.0)
        for id_, said in rows.items():
            state, _, error = said.partition(" ")
            alerts._database.execute("UPDATE outbox SET state = ?, error = ? WHERE id = ?", (state, error, id_))
        assert alerts.lost(["1", "2"]) == set(lost)


def test_a_silence_is_ended_once_and_can_still_be_seen(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "x.db")) as store:
        alerts = alerts_of(store)
        one = Silence("a", (matcher("check=~b"),), 10.0, 20.0, "ann", "move", 5.0)
        alerts.silence(Silenced(*one))
        assert [Silence(*each) for each in alerts.silences()] == [one]
        assert (alerts.expire("b", 12.0), alerts.expire("a", 12.0), alerts.expire("a", 13.0)) == (False, True, False)
        assert [(each.start, each.end) for each in alerts.silences()] == [(10.0, 12.0)]


def test_only_our_own_file_keeps_alerts() -> None:
    class Other:
        place = "elsewhere"

    with pytest.raises(StorageError, match="elsewhere keeps no alerts"):
        alerts_of(Other())  # type: ignore[arg-type]
