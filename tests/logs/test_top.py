"""`dropmon logs top`: the same groups in whatever order the entries come, and whoever reads which of them."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from dropmon import output
from dropmon.logs.level import Level
from dropmon.logs.query import Query
from dropmon.logs.templates import frame, template
from dropmon.logs.top import Group, Topping, table

ERRORS = Query(least=Level.ERROR)
NAMES = ("anna", "bert", "cleo", "dora", "emil")
WORDS = st.sampled_from(
    ("payment failed", "deadlock detected", "user {} was not found", "order {} is gone", "cart of {} expired today")
)
MESSAGES = st.builds(str.format, WORDS, st.sampled_from(NAMES) | st.integers(0, 9**9) | st.uuids())


def line(message: str, second: int = 0, **more: object) -> bytes:
    stamp = f"2026-11-23T06:{30 + second // 60:02d}:{second % 60:02d}.000Z"
    when = {"timestamp": stamp} if second else {}
    return json.dumps({**when, "level": "error", "message": message, **more}).encode()


def topped(lines: list[bytes]) -> Topping:
    judge = Topping(ERRORS)
    for each in lines:
        judge(each)
    return judge


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("connect ECONNREFUSED 10.0.0.5:5432", "connect ECONNREFUSED <ip>"),
        (
            "request 550e8400-e29b-41d4-a716-446655440000 timed out after 30.5s",
            "request <uuid> timed out after <duration>",
        ),
        ('relation "users" does not exist', "relation <text> does not exist"),
        ("can't read anna's cart", "can't read anna's cart"),
        ("fetch https://api.shop.example/v1/orders?id=3 failed: 503", "fetch <url> failed: <num>"),
        ("commit 9fceb02d0ae598e95dc970b74767f19372d61af8 is gone", "commit <hex> is gone"),
        ("at 2026-11-23T06:30:02.125Z of r_2e41", "at <time> of <id>"),
        ("mail to anna.b@shop.example bounced", "mail to <mail> bounced"),
        ("0xdeadbeef overflowed\nand more", "<hex> overflowed"),
        ("shop-244.example is down", "shop-<num>.example is down"),
        ("", ""),
    ],
)
def test_a_template_is_a_message_without_what_varies(message: str, said: str) -> None:
    assert template(message) == said


@given(st.text(max_size=400))
def test_any_text_has_a_template_of_one_line(message: str) -> None:
    assert "\n" not in template(message)


@given(st.lists(st.tuples(MESSAGES, st.integers(0, 600)), min_size=1, max_size=80), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_groups_are_the_same_in_any_order_and_by_two_processes(
    said: list[tuple[str, int]], dice: random.Random
) -> None:
    lines = [line(message, second) for message, second in said]
    whole = topped(lines).groups()
    mixed = dice.sample(lines, len(lines))
    first, second = topped(mixed[::2]), topped(mixed[1::2])
    first.add(second.packed())

    assert topped(mixed).groups() == whole
    assert first.groups() == whole
    assert list(first.groups()) == list(whole)


def test_a_group_says_how_often_since_when_where_from_and_where_at() -> None:
    trace = "Error: x\n    at connect (node:net:1651:14)\n    at handler (file:///source/index.ts:42:11)"
    lines = [line(f"user {name} was not found", at, function="login") for at, name in enumerate(NAMES)]
    lines.append(line("user fred was not found", 300, function="signup", stack=trace))
    lines.append(line("payment failed"))
    groups = topped(lines).groups()
    (name, group), *_ = groups.items()
    (row, _) = table(groups).rows

    assert name == "user <*> was not found"
    assert group.number == 6
    assert row["places"] == {"login": 5, "signup": 1}
    assert (row["first"], row["last"]) == ("2026-11-23T06:30:01Z", "2026-11-23T06:35:00Z")
    assert row["example"] == "user fred was not found"
    assert row["frame"] == "handler (file:///source/index.ts:42:11)"


def test_two_that_differ_by_a_word_stay_two() -> None:
    lines = [line("could not read file config of shop"), line("could not read dir config of shop")]

    assert len(topped(lines).groups()) == 2


def test_a_limit_says_what_it_hides() -> None:
    shown = table(topped([line("a"), line("b"), line("b")]).groups(), 1)

    assert [row["template"] for row in shown.rows] == ["b"]
    assert "1 rarer" in shown.notes[0]
    assert table({}).headline == "no entries to group"


def test_a_hostile_message_is_harmless_on_the_screen() -> None:
    groups: dict[str, Group] = topped([line("\x1b]0;owned\x07 failed \u202e")]).groups()
    text = "".join(output.TEXTS[output.Format.PLAIN](table(groups)))

    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_python_trace_ends_with_its_innermost_place() -> None:
    assert (
        frame('Traceback (most recent call last):\n  File "a.py", line 3, in main\nKeyError: 1')
        == 'File "a.py", line 3, in main'
    )


SCREENS = Path(__file__).parent / "screens"


def crowd() -> dict[str, Group]:
    """A night's errors: of three functions, some with a trace, one without a time."""
    trace = "Error: x\n    at handler (file:///tmp/user_fn_abcdefghijklmnopqrst_17/source/index.ts:42:11)"
    lines = [line(f"connect ECONNREFUSED 10.0.0.{n}:5432", n, function=f"f{n % 5}") for n in range(1, 200)]
    lines += [line(f"payment of order {n} failed: E_CARD", n * 7, service="api", stack=trace) for n in range(1, 90)]
    lines += [line(f"user {name} was not found", 9) for name in NAMES]
    return topped([*lines, line("out of memory"), *(line("x" * n, n) for n in range(1, 9))]).groups()


@pytest.mark.parametrize("form", ["narrow", "plain", "markdown", "json", "csv"])
def test_the_screen_is_as_it_was(form: str) -> None:
    file = SCREENS / f"top.{form}.txt"
    if form == "narrow":
        console = Console(width=80, height=24, file=io.StringIO(), markup=False, emoji=False, highlight=False)
        output.screen(table(crowd(), 10), console)
        assert isinstance(console.file, io.StringIO)
        said = "\n".join(each.rstrip() for each in console.file.getvalue().splitlines()) + "\n"
        assert max(map(len, said.splitlines())) <= 80
    else:
        said = "".join(output.TEXTS[output.Format(form)](table(crowd(), 10)))
    if os.environ.get("DROPMON_WRITE_SCREENS"):
        file.write_text(said)

    assert said == file.read_text()


@pytest.mark.slow
def test_200_000_errors_take_seconds() -> None:
    lines = [
        line(f"order {number} of {NAMES[number % 5]} failed after {number % 900}ms", number % 600)
        for number in range(200_000)
    ]
    began = time.process_time()
    judge = topped(lines)
    groups = judge.groups()

    assert time.process_time() - began < 12  # 3 on a machine with nothing else to do
    assert sum(group.number for group in groups.values()) == 200_000


@pytest.mark.slow
def test_the_command_groups_errors_and_says_what_it_read() -> None:
    given = b"\n".join(
        [line("order 1 failed"), line("order 2 failed"), b'{"level":"info","message":"order 3 failed"}', b""]
    )
    command = [sys.executable, "-m", "dropmon", "logs", "top", "--format", "json"]
    done = subprocess.run(command, input=given, capture_output=True, check=True)
    said = json.loads(done.stdout)

    assert (said["entries"], said["templates"]) == (2, 1)
    assert said["groups"][0]["template"] == "order <num> failed"
    assert b"matched 2" in done.stderr
