"""What is run, what is asked about, and what fills a parameter."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.core import TyperGroup

from dropmon.cli.runbook.typed import complaint, read
from dropmon.runbooks import effect, line
from dropmon.runbooks.effect import Typed
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
        self.patience: list[float | None] = []
        self.noted: list[Outcome] = []

    def hands(self) -> Hands:
        return Hands(lambda *_: None, self.ask, self.execute, self.noted.append, read)

    def ask(self, question: str) -> bool | None:
        self.asked.append(question)
        return self.answer

    def execute(self, words: Sequence[str], timeout: float | None) -> Ended:
        self.patience.append(timeout)
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
    play(page("dropmon db cancel 1 --yes"), Asked(), scene.hands())
    assert scene.asked[-1] == "run it?"
    assert scene.patience == [None, 60.0, 60.0]  # nobody is hurried who reads what would be cancelled


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
    looking = {" ".join(words) for words in commands() if not effect.changes(Typed(" ".join(words)))}

    assert {"db connections", "check apis", "alert list", "logs top", "rules check", "runbook show"} <= looking
    never = (
        "db cancel", "db terminate", "alert ack", "alert silence", "alert send", "alert test", "beat", "cycle", "watch",
        "init", "demo", "history import", "history prune", "alert evaluate", "runbook copy",
    )  # fmt: skip
    assert not looking & set(never)
    assert {words.split()[0] for words in looking} <= {
        *READERS,
        "incident",
        "oncall",
        "slo",
        "triage",
        "report",
        "vitals",
    }


def leaves(words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command of the whole command line, with what it takes."""
    *_, (command, context) = met(words)
    leaf = context.command  # `logs` is a group, and a command when a file follows
    if words and (not isinstance(leaf, TyperGroup) or leaf.invoke_without_command):
        yield words, leaf
    for name in command.list_commands(context) if isinstance(command, TyperGroup) else ():
        yield from leaves((*words, name))


def met(words: tuple[str, ...]) -> Iterator[tuple[Any, Any]]:
    """The groups, and the command, on the way to one."""
    from dropmon.cli import app, quick

    command, context = quick(typer.main.get_command(app)), None
    for number, name in enumerate(("dropmon", *words)):
        if number:
            command = command.get_command(context, name)
        context = command.make_context(name, [*words[number:], "x"], parent=context, resilient_parsing=True)
        yield command, context


def typed_with(words: tuple[str, ...], command: Any, param: Any) -> Typed:
    """The command as it is read with an option and all that it needs."""
    needed = [one for one in command.params if one.required or one is param]
    options = [one for one in needed if one.param_type_name == "option"]
    told = [word for one in options for word in (one.opts[0], *([] if one.is_flag else ["1"]))]
    return read([*words, *told, *("1" for one in needed if one.param_type_name == "argument")])


@cache
def known() -> dict[str, tuple[tuple[str, ...], Any]]:
    return {" ".join(words): (words, command) for words, command in leaves()}


@pytest.mark.slow
def test_an_option_is_asked_about_until_it_is_listed() -> None:
    for name, (words, command) in known().items():
        for param in command.params:
            found = typed_with(words, command, param)
            if "Invalid value" in found.wrong:  # 1 is no format, and no folder
                continue
            assert (found.command, param.opts[0] in found.given, found.wrong) == (name, True, "")
            assert effect.changes(found) == (param.opts[0] not in effect.LOOKING.get(name, ())), (name, param.opts)


def test_all_that_is_listed_exists() -> None:
    for name, options in effect.LOOKING.items():
        there = {one.opts[0] for one in known()[name][1].params}
        assert options - set(effect.EVERYWHERE.split()) <= there, name


@pytest.mark.parametrize("option", ["--output", "--output-dir", "--file", "--send", "--publish", "--close", "--trust",
                                    "--incident", "--browser", "--open", "--yes", "--record-to"])  # fmt: skip
def test_what_writes_sends_or_nobody_has_thought_of_is_never_listed(option: str) -> None:
    assert not [name for name, options in effect.LOOKING.items() if option in options]


@pytest.mark.parametrize(
    "words",
    ["alert outbox --send", "db report -o x", "db report -o/tmp/x", "db report --output-dir x", "db report --csv x",
     "logs a --output=x", "logs a -qox", "db explain 1 --trust", "incident ack 1", "incident postmortem 1 --close=x",
     "oncall override add ann", "oncall --at 1h swap a b", "oncall ics --file x", "incident status 1 --publish",
     "triage --incident 3", "alert ack k -m --help", "alert ack k -m --version", "report weekly --send", "unheard of",
     "--debug oncall --debug swap a b", "incident", "db top --no-such-option", "db cancel 1"],
)  # fmt: skip
def test_what_sends_writes_or_is_not_known_is_asked_about(words: str) -> None:
    assert effect.changes(read(words.split()))


@pytest.mark.parametrize(
    "words",
    ["oncall", "oncall --at 1h", "oncall ics --person ann", "db report --all", "db top -d main", "alert silence list",
     "logs app.log -n5 --level error", "logs top a", "triage --all", "alert ack --help", "watch --help", "--version",
     "slo", "check apis Stripe -v", "--debug alert list"],
)  # fmt: skip
def test_what_only_looks_is_not_asked_about(words: str) -> None:
    assert not effect.changes(read(words.split()))


@pytest.mark.parametrize(
    "words", ["dropmon runbook run x", "dropmon --debug runbook run x --yes", "dropmon runbook --debug run x"]
)
def test_a_runbook_runs_no_runbook(words: str) -> None:
    assert "a runbook runs no runbook" in str(page(words).problems[0])
    assert complaint(words.split()[1:]) == "a runbook runs no runbook"


@pytest.mark.parametrize("words", ["dropmon runbook {{verb}} x --yes", "dropmon {{flag}} runbook run x"])
def test_a_parameter_makes_no_step_that_runs_a_runbook(words: str) -> None:
    scene = Scene()
    wanted = page(words)
    if wanted.problems:
        assert "a parameter cannot be the command itself" in str(wanted.problems[0])
        return
    (last,) = play(wanted, Asked(given={"verb": "run"}, yes=True), scene.hands())
    assert (scene.ran, last.end) == ([], End.REFUSED)
    assert "a runbook runs no runbook" in last.why


def test_a_step_that_cannot_be_typed_is_not_run_and_nobody_is_asked() -> None:
    scene = Scene()
    (last,) = play(page("dropmon db cancel {{ pid }}"), Asked(given={"pid": "x"}), scene.hands())
    assert (scene.ran, scene.asked, last.end) == ([], [], End.REFUSED)
    assert "it cannot be typed: Invalid value for 'pid'" in last.why


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


@pytest.mark.slow
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
