"""Users who were told of it hear more, whatever becomes of its level; what they were promised stands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from dropmon.incidents.policy import Asked
from dropmon.storage.outbox import open_outbox
from tests.incidents.scene import MINUTE, RULES, START, Scene

UPDATED = RULES.replace("communicate: 0m,", "communicate: 0m, update: 30m,")
MAJOR, CRITICAL = (0, "open 0 major"), (0, "open 0 critical")


def waits(scene: Scene) -> list[float]:
    """By which minute users are to hear more."""
    asked = scene.incident().asked
    return [(each.due - START) / MINUTE for each in asked if each.kind is Asked.UPDATE and each.pending]


@pytest.mark.parametrize(
    ("script", "due"),
    [
        ([MAJOR, (2, "told 1 identified"), (10, "severity 1 critical")], [40]),
        ([MAJOR, (2, "told 1 identified 20"), (10, "severity 1 critical")], [22]),  # was promised earlier
        ([MAJOR, (2, "told 1 identified 90"), (10, "severity 1 critical")], [40]),
        ([MAJOR, (2, "told 1 identified 5"), (10, "severity 1 critical")], [40]),  # somebody was told of that one
        ([MAJOR, (2, "told 1 identified 90"), (10, "severity 1 critical"), (11, "severity 1 major")], [92]),
        ([MAJOR, (2, "told 1 identified"), (10, "severity 1 critical"), (11, "severity 1 major")], []),
        ([CRITICAL, (2, "told 1 identified 30"), (10, "severity 1 major")], [32]),
        ([CRITICAL, (2, "told 1 identified 30"), (10, "severity 1 major"), (11, "severity 1 critical")], [32]),
        ([MAJOR, (2, "told 1 identified"), (2, "open 0 critical"), (10, "merge 2 1")], [40]),
        ([CRITICAL, (2, "told 1 identified 30"), (10, "resolve 1")], []),
        ([CRITICAL, (2, "told 1 identified 30"), (10, "resolve 1"), (11, "reopen 1")], []),  # they are told anew
    ],
)
def test_users_hear_more_by_the_time_they_were_promised_or_the_worse_level_asks(
    script: Sequence[tuple[float, str]], due: list[float], tmp_path: Path
) -> None:
    scene = Scene(tmp_path, UPDATED)
    scene.play(script, range(12))
    assert waits(scene) == due
    names = [each.name for each in scene.incident().asked]
    assert len({*names}) == len(names)


def test_only_what_users_were_promised_is_called_a_promise(tmp_path: Path) -> None:
    scene = Scene(tmp_path, UPDATED)
    scene.play([MAJOR, (2, "told 1 identified 20"), (30, "severity 1 critical")], [22, 30, 60])
    with open_outbox(None, scene.place) as outbox:
        said = {row.id: row.payload for row in outbox.rows() if "update" in row.id and row.channel == "slack"}
    assert ["promised" in body for body in said.values()] == [True, False]
