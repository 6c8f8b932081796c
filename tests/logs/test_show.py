"""What people see of an entry is one readable line, and nothing that a terminal would obey."""

import re
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon import secrets
from dropmon.logs.entry import Entry
from dropmon.logs.level import Level
from dropmon.logs.show import Show, wants_colour

ERROR = Entry(
    b"", Level.ERROR, 1795415402.0, "payment failed", function="claim-drop", request="r_2",
    context={"code": "E_CARD"}, trace="payment failed\n    at pay (index.ts:12)\n\n    at main (index.ts:1)\n",
)  # fmt: skip
SGR = re.compile(r"\x1b\[[0-9;]*m")


def shown(*entries: Entry, colour: bool = False) -> str:
    show = Show(colour, UTC)
    return "".join(map(show, entries))


def test_an_entry_is_a_line_with_its_trace_under_it() -> None:
    assert shown(ERROR) == (
        "── Monday 2026-11-23 ──\n"
        "06:30:02.000 ERROR claim-drop payment failed  code=E_CARD requestId=r_2\n"
        "        at pay (index.ts:12)\n"
        "        at main (index.ts:1)\n"
    )


def test_colours_change_no_word() -> None:
    coloured = shown(ERROR, colour=True)
    assert SGR.sub("", coloured) == shown(ERROR)
    assert "\x1b[1;31mERROR\x1b[0m" in coloured


def test_the_date_stands_where_a_day_begins() -> None:
    later = [ERROR._replace(time=1795415402.0 + seconds, trace="", context={}) for seconds in (0, 0.0014, 3600, 86400)]
    assert shown(*later).splitlines() == [
        "── Monday 2026-11-23 ──",
        "06:30:02.000 ERROR claim-drop payment failed  requestId=r_2",
        "06:30:02.001 ERROR claim-drop payment failed  requestId=r_2",
        "07:30:02.000 ERROR claim-drop payment failed  requestId=r_2",
        "── Tuesday 2026-11-24 ──",
        "06:30:02.000 ERROR claim-drop payment failed  requestId=r_2",
    ]


def test_a_second_before_1970_has_its_time() -> None:
    assert shown(Entry(b"", time=-1.0, message="m")) == "── Wednesday 1969-12-31 ──\n23:59:59.000 -     m\n"


@pytest.mark.parametrize("time", [None, float("nan"), float("inf"), 1e18, -1e18])
def test_a_time_that_is_none_of_our_calendar_is_a_dash(time: float | None) -> None:
    assert shown(Entry(b"", time=time, message="hello")) == "-            -     hello\n"


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (Entry(b"", Level.INFO, message="hi", service="web"), "INFO  web hi"),
        (Entry(b"", Level.INFO, duration=0.12, status="200", function="f"), "INFO  f  status=200 duration=120ms"),
        (Entry(b'{"odd', Level.ERROR, parsed=False), 'ERROR {"odd'),
        (Entry(b"", message="m", context={"a": "c d", "n": None, "o": [1]}), '-     m  a="c d" n=null o=[1]'),
        (Entry(b"", message="m", user="u", context={"userId": "mine"}), "-     m  userId=mine"),
        (Entry(b"", message="a\x1b]0;title\x07b\x1b[2Jc"), "-     abc"),
        (Entry(b"", message="a\u202eb\x9b31mc\rd"), r"-     a\u202eb\x9b31mc\rd"),
        (Entry(b"", message="m", context={"k\x1b[31m\n": "v\x1b[0m\nERROR"}), r'-     m  k ="v\u001b[0m\nERROR"'),
        (Entry(b"", message="\ud800"), r"-     \ud800"),
        (Entry(b"", message="boom\n"), "-     boom"),
    ],
)  # fmt: skip
def test_an_entry_reads_so(entry: Entry, line: str) -> None:
    text = shown(entry).removeprefix("-            ")
    assert text == line + "\n"


def test_a_message_cannot_make_up_a_line() -> None:
    forged = Entry(b"", Level.INFO, message="hello\n06:30:02.000 FATAL all is lost\r\n\nmore", function="f\nFATAL g")
    head, *rest = shown(forged).splitlines()
    assert head == "-            INFO  f FATAL g hello"
    assert rest == ["    06:30:02.000 FATAL all is lost", "    more"]


def test_a_long_message_says_how_much_of_it_is_missing() -> None:
    big = Entry(b"", message="x" * 1_000_000, context={"k": "y" * 1_000_000}, trace="z\n" * 1000)
    text = shown(big)
    assert "x… (+996000 characters)  k=yyy" in text
    assert "y… (+999800 characters)" in text
    assert text.endswith("    z\n    … (+900 lines)\n")
    many = shown(Entry(b"", message="m", context={f"k{number}": number for number in range(1000)}))
    assert many.endswith("k49=49 … (+950 values)\n")


def test_no_secret_is_shown_whole_or_in_part() -> None:
    token = secrets.remember("tok_" + "s" * 300)
    leaking = Entry(
        b"", message=f"m {token}", function=token, context={"t": token, "d": {"t": token}}, trace=f"x\n{token}"
    )
    assert "sss" not in shown(leaking)
    assert secrets.MASK in shown(leaking)


NASTY = st.text(
    st.sampled_from("a \n\r\t\x00\x07\x08\x1b[]0;m\x7f\x9b\x90\u2028\u2029\u202e\u2066\ufeff\ud800é=\"'"), max_size=12
)
VALUES = st.one_of(NASTY, st.integers(), st.floats(), st.lists(NASTY, max_size=2))
ENTRIES = st.builds(
    Entry, raw=NASTY.map(lambda text: text.encode("utf-8", "replace")), level=st.sampled_from(Level),
    time=st.none() | st.floats(), message=NASTY, service=st.none() | NASTY, function=st.none() | NASTY,
    request=st.none() | NASTY, user=st.none() | NASTY, duration=st.none() | st.floats(), status=st.none() | NASTY,
    context=st.dictionaries(NASTY, VALUES, max_size=3),
    trace=NASTY, fields=st.just({}),
)  # fmt: skip


@given(ENTRIES, st.booleans())
def test_no_control_but_a_newline_reaches_the_terminal(entry: Entry, colour: bool) -> None:
    text = shown(entry, colour=colour)
    bare = SGR.sub("", text) if colour else text
    assert not re.search(
        r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", bare
    )
    assert text.endswith("\n")
    assert all(
        re.match(r"    |── |-            |\d\d:\d\d:\d\d\.\d{3} ", line) for line in bare.rstrip("\n").split("\n")
    )


@pytest.mark.parametrize(
    ("environment", "terminal", "wanted"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colours_are_for_terminals_that_want_them(environment: dict[str, str], terminal: bool, wanted: bool) -> None:
    assert wants_colour(environment, terminal) is wanted
