"""What is run, what is asked about, and what fills a parameter."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.cli.runbook.typed import complaint
from dropmon.runbooks import effect, line
from dropmon.runbooks.page import Page, RunbookError
from dropmon.runbooks.parse import parse
from dropmon.runbooks.process import Ended, execute
from dropmon.runbooks.run import Asked, End, Hands, Outcome, exit_code, play
from tests.test_readme import commands


class Scene:
    """Hands that answer as they are told, and remember what they were asked."""

    def __init__(self, codes: Sequence[int | None] = (), answer: bool | None = True) -> None:
        self.codes = list(codes)
        self.answer = answer
        self.ran: list[tuple[str, ...]] = []
        self.asked: list[str] = []
        self.noted: list[Outcome] = []

    def hands(self) -> Hands:
        return Hands(lambda *_: None, self.ask, self.execute, self.noted.append)

    def ask(self, question: str) -> bool | None:
        self.asked.append(question)
        return self.answer

    def execute(self, words: Sequence[str], timeout: float) -> Ended:
        self.ran.append(tuple(words))
        return Ended(self.codes.pop(0) if self.codes else 0, 0.1)


def page(*lines: str, info: str = "dropmon", front: str = "") -> Page:
    return parse(f"{front}```{info}\n" + "\n".join(lines) + "\n```\n", "x", Path("x.md"))


LOOK = ("dropmon check all", "dropmon alert list", "dropmon db top")


@pytest.mark.parametrize(
    ("codes", "ran", "ends", "code"),
    [
        ((0, 0, 0), 3, "done done done", 0),
        ((0, 1, 0), 3, "done done done", 1),
        ((2, 1, 0), 3, "done done done", 2),  # that something is wrong is an answer
        ((1, 3), 2, "done failed", 3),
        ((2, -9), 2, "done failed", 3),
        ((64,), 1, "failed", 3),
    ],
)
def test_it_stops_at_the_first_step_that_fails(codes: tuple[int, ...], ran: int, ends: str, code: int) -> None:
    scene = Scene(codes)
    outcomes = play(page(*LOOK), Asked(), scene.hands())

    assert len(scene.ran) == ran
    assert " ".join(each.end.value for each in outcomes) == ends
    assert scene.noted == outcomes
    assert exit_code(outcomes) == code


def test_it_begins_where_it_is_told_to() -> None:
    scene = Scene()
    assert [each.step for each in play(page(*LOOK), Asked(start=3), scene.hands())] == [3]
    with pytest.raises(RunbookError, match="3 steps, and no step 4"):
        play(page(*LOOK), Asked(start=4), scene.hands())


@pytest.mark.parametrize(
    ("answer", "yes", "ran", "end"),
    [
        (True, False, [("alert", "ack", "x")], End.DONE),
        (False, False, [], End.SKIPPED),
        (None, False, [], End.REFUSED),
        (None, True, [("alert", "ack", "x")], End.DONE),
    ],
)
def test_what_changes_something_asks_first(
    answer: bool | None, yes: bool, ran: list[tuple[str, ...]], end: End
) -> None:
    scene = Scene(answer=answer)
    outcomes = play(page("dropmon alert ack x"), Asked(yes=yes), scene.hands())

    assert scene.ran == ran
    assert [each.end for each in outcomes] == [end]


def test_the_mark_makes_any_step_ask() -> None:
    scene = Scene(answer=False)
    play(page("dropmon check all", info="dropmon write"), Asked(), scene.hands())
    assert scene.asked == ["run it?"]


def test_a_command_that_shows_whom_it_hits_asks_by_itself() -> None:
    scene = Scene()
    play(page("dropmon db cancel 1"), Asked(), scene.hands())
    assert (scene.ran, scene.asked) == ([("db", "cancel", "1")], [""])
    play(page("dropmon db cancel 1"), Asked(yes=True), scene.hands())
    assert scene.ran[-1] == ("db", "cancel", "1", "--yes")


def test_who_is_nearer_fills_a_parameter() -> None:
    front = "---\nparameters: {a: front, b: front, c: front, d: front}\n---\n"
    steps = page("dropmon check all {{a}} {{b}} {{c}} {{d}}", info="dropmon b=block c=block d=block", front=front)
    scene = Scene()
    play(steps, Asked(found={"c": "alert", "d": "alert"}, given={"d": "line"}), scene.hands())
    assert scene.ran == [("check", "all", "front", "block", "alert", "line")]


def test_a_parameter_that_nothing_fills_is_asked_for_by_name() -> None:
    scene = Scene()
    steps = page(
        "dropmon check all", "dropmon db cancel {{ pid }}", front="---\nparameters: {pid: {help: whom}}\n---\n"
    )
    last = play(steps, Asked(), scene.hands())[-1]

    assert len(scene.ran) == 1
    assert (last.end, last.why, last.hint, last.missing) == (End.REFUSED, "it needs pid", "pid is whom", ("pid",))
    with pytest.raises(RunbookError, match="no parameter 'pdi'"):
        play(steps, Asked(given={"pdi": "1"}), scene.hands())


@given(st.text())
def test_a_value_stays_within_its_argument_and_becomes_no_option(value: str) -> None:
    try:
        words = line.filled(("check", "{{a}}", "--x={{a}}"), {"a": value})
    except ValueError:
        assert value.startswith("-") or "\0" in value
        return
    assert words == ("check", value, f"--x={value}")
    assert not value.startswith("-") or value[1:2].isdigit()


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["C", "Z"])), min_size=1))
def test_what_a_shell_would_read_a_step_reads(words: list[str]) -> None:
    if words[0] == "" or "{{" in "".join(words) or words[:2] == ["runbook", "run"]:
        return
    try:
        found = line.words("dropmon " + shlex.join(words))
    except line.LineError:
        assert any("}}" in word for word in words)
        return
    assert found == tuple(words)


READERS = ("check", "db", "logs", "query", "source", "rules", "history", "alert", "runbook")


def test_every_command_of_ours_is_known_to_look_or_is_asked_about() -> None:
    looking = {" ".join(words) for words in commands() if not effect.changes(words)}

    assert {"db connections", "check apis", "alert list", "logs top", "rules check", "runbook show"} <= looking
    never = (
        "db cancel", "db terminate", "alert ack", "alert silence", "alert send", "alert test", "beat", "cycle", "watch",
        "init", "demo", "history import", "history prune", "alert evaluate", "runbook copy",
    )  # fmt: skip
    assert not looking & set(never)
    assert {words.split()[0] for words in looking} <= {*READERS, "incident", "oncall", "slo", "triage", "report"}


@pytest.mark.parametrize(
    "words",
    ["alert outbox --send", "db report -o x", "logs top a --output=x", "db explain 1 --trust", "incident ack 1",
     "oncall override add", "oncall --at 1h swap a b", "incident status 1 --publish", "unheard of"],
)  # fmt: skip
def test_what_sends_writes_or_is_not_known_is_asked_about(words: str) -> None:
    assert effect.changes(words.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("db connections --limit 5 --database main", ""),
        ("logs top app.log --since 1h", ""),
        ("logs app.log --level error", ""),
        ("check apis Stripe -v", ""),
        ("db explain -3705292919960030989", ""),
        ("rules check --help", ""),
        ("--version", ""),
        ("db conections", "No such command 'conections'"),
        ("db connections --lmit 5", "No such option"),
        ("db connections --limit many", "Invalid value for '--limit'"),
        ("db cancel", "Missing argument"),
        ("rules check extra", "unexpected extra argument"),
        ("rules", "Missing command"),
    ],
)
def test_the_real_command_line_reads_a_step_and_runs_nothing(
    words: str, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    found = complaint(words.split())

    assert found == "" if not said else said in found
    assert capfd.readouterr() == ("", "")


def program(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_step_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    deaf = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    child = f"{deaf} time.sleep(3); open({str(tmp_path / 'alive')!r}, 'w')"
    code = f"import subprocess, sys; {deaf} subprocess.Popen([sys.executable, '-c', {child!r}]); time.sleep(60)"
    how = execute(program(code), {}, 0.5, terminal=False)

    assert how.late
    assert how.seconds < 5
    import time

    time.sleep(3.5 - how.seconds if how.seconds < 3.5 else 0)
    assert not (tmp_path / "alive").exists()


def test_a_step_has_no_input_without_a_terminal_and_the_environment_it_is_given() -> None:
    code = "import os, sys; sys.exit(2 if not sys.stdin.read() and os.environ['X'] == 'y' else 9)"
    assert execute(program(code), {"X": "y"}, 20, terminal=False).exit_code == 2


def test_what_cannot_begin_says_why() -> None:
    assert "No such file" in execute(["/nowhere"], {}, 1, terminal=False).error
