from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from dropmon.alerts.silence import Silence, matcher
from dropmon.errors import StorageError
from dropmon.storage import open_store
from dropmon.storage.alerts import AlertStore, Changed, Kept, Silenced, alerts_of
from dropmon.storage.opening import MIGRATIONS, SCHEMA, statements
from dropmon.storage.outbox import Row

LABELS = (("check", "Café"),)


def plainly(script: Path) -> set[str]:
    """The statements of a script without comments and columns' places."""
    return {" ".join(re.sub(r"--.*", "", text).split()) for text in statements(script.read_text())}


@pytest.mark.parametrize("script", sorted(MIGRATIONS.glob("*.sql")), ids=lambda path: path.name)
def test_an_old_file_gets_what_a_new_one_has(script: Path) -> None:
    assert plainly(script) <= plainly(SCHEMA)


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


def test_a_message_that_another_channel_tells_is_not_lost(tmp_path: Path) -> None:
    place = str(tmp_path / "x.db")
    with open_store(place) as store:
        alerts = alerts_of(store)
        with alerts.writing():
            alerts.tell([Row("1", "a", "{}", 0.0), Row("2", "b", "{}", 0.0), Row("3", "c", "{}", 0.0)], 0.0)
            alerts.tell([Row("4", "d", '{"fallback_of": "b"}', 0.0)], 0.0)
        database = sqlite3.connect(place)
        database.execute("UPDATE outbox SET state = 'dead' WHERE id IN ('1', '2')")
        database.commit()
        database.close()
        assert alerts.lost(["1", "2", "3"]) == {"1"}


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
