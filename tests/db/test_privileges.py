"""What a role may not see is said: never a stack trace, never "all is well", never an empty answer without a word."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dropmon.db.report import names
from dropmon.db.table import notes
from dropmon.errors import DatabaseError
from dropmon.model import Status
from tests.db import incidents
from tests.db.asking import ask

if TYPE_CHECKING:
    from dropmon.db.run import Answer
    from dropmon.demo.database import Server

pytestmark = pytest.mark.slow  # whole processes

MASK = "insufficient privilege"


def asked(server: Server, name: str, role: str) -> Answer | DatabaseError:
    try:
        return ask(server, name, role=role)
    except DatabaseError as error:
        return error


@pytest.mark.parametrize("name", names())
def test_a_role_without_rights_gets_what_it_may_see_and_a_word_on_the_rest(server: Server, name: str) -> None:
    with incidents.blocked(server), incidents.long_query(server):
        whole, part = asked(server, name, "dropmon"), asked(server, name, "blind")
    assert not isinstance(whole, DatabaseError)

    if isinstance(part, DatabaseError):
        assert "\n" not in part.what
        assert "grant" in part.hint, part.hint
        assert "syntax" not in part.what
        return
    assert MASK not in str((part.facts, part.rows))
    if len(part.rows) < len(whole.rows):
        assert part.facts.get("hidden") or part.facts.get("notes"), f"{len(part.rows)} of {len(whole.rows)} rows"
        assert notes(part)


@pytest.mark.parametrize("name", names())
def test_what_nobody_can_see_is_not_called_well(newest: Server, name: str) -> None:
    with incidents.blocked(newest), incidents.long_query(newest):
        part = asked(newest, name, "blind")
        whole = asked(newest, name, "dropmon")
    assert not isinstance(whole, DatabaseError)

    if not isinstance(part, DatabaseError) and whole.status is not Status.OK and not part.rows:
        assert part.status is not Status.OK


@pytest.mark.parametrize("name", names())
def test_its_command_ends_with_an_answer_or_with_one_sentence_and_the_fix(newest: Server, name: str) -> None:
    command = [sys.executable, "-m", "dropmon", "db", name, "--format", "json", "-d", newest.url_of("blind", "shop")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert "Traceback" not in done.stderr
    assert "unexpected" not in done.stderr
    if done.stdout:
        assert json.loads(done.stdout)["report"] == name
    else:
        sentence, _, fix = done.stderr.partition("\n  → ")
        assert done.returncode == 3
        assert sentence.startswith("dropmon: ")
        assert fix.strip()


@pytest.mark.parametrize(
    ("role", "number", "fix"),
    [
        ("blind", 180000, "grant pg_read_all_data to blind;"),
        ("on call", 180000, 'grant pg_read_all_data to "on call";'),
        ("blind", 130000, "grant select on them to blind;"),  # which has no such role
        ("on\ncall", 180000, "grant pg_read_all_data to …; (a name that no terminal shows as it is)"),
    ],
)
def test_the_fix_can_be_pasted_whatever_the_role_is_called(newest: Server, role: str, number: int, fix: str) -> None:
    answer = ask(newest, "sequences", role="blind")
    told = answer._replace(server=answer.server._replace(role=role, number=number))

    assert notes(told)[-1].endswith(f"are hidden from {role}; → {fix}")


def test_the_role_of_the_application_sees_its_own_sessions(server: Server) -> None:
    with incidents.idle_transaction(server) as scene:
        answer = ask(server, "long-running", role="app", min="0s")
        pid = scene.pids["checkout"]

    assert [row["pid"] for row in answer.rows] == [pid]
