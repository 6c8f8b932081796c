from __future__ import annotations

import io
import math
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.history.backfill import bring_in, bring_out
from dropmon.history.openmetrics import OpenMetricsError, Reader, line
from dropmon.model import Columns, Sample
from dropmon.storage import open_store
from tests.requirements import need

if TYPE_CHECKING:
    from pathlib import Path

names = st.from_regex(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,8}", fullmatch=True)
label_names = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,8}", fullmatch=True)
label_values = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12) | st.sampled_from(
    ['a"b', "a\\nb", "a\\", "a b} 1 2", "# {", "# EOF", "\r", "\x0b", "\x85\u2028"]
)
labels = st.dictionaries(label_names, label_values, max_size=4).map(lambda pairs: tuple(sorted(pairs.items())))
times = st.integers(-(10**12), 10**13).map(lambda ms: ms / 1000)
samples = st.builds(Sample, names, labels, times, st.floats())


ODD: list[tuple[str, str | None]] = [  # a line, and what is wrong with it
    ("", None), ("# EOF?", None), ("# TYPE up gauge", None), ("up  1\t2\r", None), ('up{a="b c"} 1 2', None),
    ('up{a="0"} 1 2 # {x="y z"} 3 4', None), ("nan 1 2", None), ("up 1e3 1.0006", None), ("up -Inf 1", None),
    ("up 1", "no timestamp"), ('up{a="0"} 1', "no timestamp"), ("up 1 2 3", "too much"), ("up 1_0 2", "not a number"),
    ("up 1 2_0", "not a number"), ("up 1 nan", "no time"), ("up 1 inf", "no time"), ("up 1 1e300", "no time"),
    ("up 1 32503680000", "no time"), ("up x 1", "not a number"), ('up{a="0",a="1"} 1 2', "twice"),
    ("1 2 3", "no metric name"),
]  # fmt: skip


def read(text: str) -> list[Sample]:
    return list(Reader("f").columns(io.BytesIO(text.encode())).samples())


def told(sample: Sample) -> tuple[object, ...]:
    return sample.name, sample.labels, sample.time, repr(sample.value)


@pytest.mark.slow
@given(st.lists(samples))
def test_what_was_written_is_read(written: list[Sample]) -> None:
    text = "".join(line(sample) for sample in written)

    assert [told(sample) for sample in read(text)] == [told(sample) for sample in written]
    assert text.count("\n") == len(written)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("up 1 1795419127", Sample("up", (), 1795419127, 1)),
        ("up{} 1 1795419127.25", Sample("up", (), 1795419127.25, 1)),
        ('up{b="2",a="1"} 1e3 0', Sample("up", (("a", "1"), ("b", "2")), 0, 1000)),
        ('up{a="1",} +Inf 1.5e3', Sample("up", (("a", "1"),), 1500, math.inf)),
        ('up{a=""} -inf 1', Sample("up", (), 1, -math.inf)),
        ('up{a="} # {\\"\\n\\\\"} .5 1', Sample("up", (("a", '} # {"\n\\'),), 1, 0.5)),
        ('b_bucket{le="1"} 3 1.5 # {trace="x y"} 0.4 1.2', Sample("b_bucket", (("le", "1"),), 1.5, 3)),
        ('b_bucket{le="1"} 3 1.5 # {} 0.4', Sample("b_bucket", (("le", "1"),), 1.5, 3)),
        ('up\t{a="1"} 1 2'.replace("\t", ""), Sample("up", (("a", "1"),), 2, 1)),
        ("up  1\t2\r", Sample("up", (), 2, 1)),
    ],
)
def test_a_line_is_read_by_the_book(text: str, expected: Sample) -> None:
    assert read(f"{text}\n{text}\n") == [expected, expected]  # by the book, and as a series that is known


def test_comments_and_empty_lines_are_passed_over() -> None:
    assert read("# HELP up Is it?\n# TYPE up gauge\n# UNIT up x\n\n# anything\nup 1 2\n") == [Sample("up", (), 2, 1)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("up 1", "no timestamp"),
        ('up{a="1 2"} 1', "no timestamp"),
        ("up", "no value"),
        ("1up 1 2", "no metric name"),
        ("{} 1 2", "no metric name"),
        ('up{a="1} 1 2', "bad labels"),
        ("up{a=1} 1 2", "bad labels"),
        ('up{a="1"b="2"} 1 2', "bad labels"),
        ('up{a="1",a="2"} 1 2', "a label is given twice"),
        ("up x 2", "not a number: 'x'"),
        ("up 1_0 2", "not a number: '1_0'"),
        ("up 1 2_0", "not a number: '2_0'"),
        ("up 0x10 2", "not a number: '0x10'"),
        ("up 1 NaN", "no time: nan"),
        ("up 1 1795419127000", "milliseconds?"),
        ("up 1 2 3", "too much on one line"),
    ],
)
def test_a_bad_line_says_where_and_why(text: str, why: str) -> None:
    with pytest.raises(OpenMetricsError) as caught:
        read(f"up 1 2\n{text}\n")
    assert caught.value.what.startswith("f:2: ")
    assert why in caught.value.what


@pytest.mark.slow
@given(st.integers(0, 2_500), st.sampled_from(ODD))
def test_what_is_odd_among_many_lines_is_read_as_by_itself(place: int, odd: tuple[str, str | None]) -> None:
    text, why = odd
    lines = [f'up{{a="{number % 7}"}} {number / 3!r} {number}\n' for number in range(2_500)]
    usual = read("".join(lines))
    lines.insert(place, f"{text}\n")
    if why is None:
        assert read("".join(lines)) == [*usual[:place], *read(text), *usual[place:]]
    else:
        with pytest.raises(OpenMetricsError, match=rf"^f:{place + 1}: .*{re.escape(why)}"):
            read("".join(lines))


def test_text_that_is_not_utf_8_is_a_bad_line() -> None:
    with pytest.raises(OpenMetricsError, match=r"^f:1: .*can't decode byte 0xff"):
        list(Reader("f").columns([b'up{a="\xff"} 1 2\n']))


class Recorder:
    """Keeps what it is given, all of a batch or nothing, as a store does."""

    def __init__(self) -> None:
        self.batches: list[list[Sample]] = []

    def __call__(self, columns: Columns) -> int:
        self.batches.append(list(columns.samples()))
        return len(self.batches[-1])


def lines(count: int) -> bytes:
    return b"".join(b"up 1 %d\n" % number for number in range(count))


@pytest.mark.slow
@pytest.mark.parametrize("count", [0, 1, 49_999, 50_000, 120_000])
def test_files_of_any_length_come_in_by_fifty_thousand_lines(count: int) -> None:
    record = Recorder()
    steps: list[int] = []

    assert bring_in(io.BytesIO(lines(count) + b"# EOF\n"), "f", record, steps.append) == count
    assert sum(map(len, record.batches)) == sum(steps) == count
    assert max(map(len, record.batches)) <= 50_000


@pytest.mark.parametrize(
    ("data", "what", "hint", "kept"),
    [
        (lines(60_000), "f:60000: no # EOF", "the 50,000 samples before line 50,001 are in", 50_000),
        (lines(50_000), "f:50001: no # EOF", "the 50,000 samples before line 50,001 are in", 50_000),
        (b"", "f:1: no # EOF", "nothing was imported", 0),
        (lines(50_007) + b"up 1 17", "f:50008: no # EOF", "the 50,000 samples", 50_000),
        (lines(50_007) + b"up x 1\n# EOF\n", "f:50008: not a number", "the 50,000 samples", 50_000),
        (lines(5) + b"# EOF\nup 1 1\n", "f:7: text after # EOF", "nothing was imported", 0),
        (lines(49_999) + b"# EOF\nup 1 1\n# EOF\n", "f:50001: text after # EOF", "the 49,999 samples", 49_999),
        (b"x" * 3_000_000, "f:3: no # EOF", "nothing was imported", 0),
    ],
)  # fmt: skip
def test_a_file_that_goes_wrong_says_where_and_what_is_in(data: bytes, what: str, hint: str, kept: int) -> None:
    record = Recorder()
    with pytest.raises(OpenMetricsError) as caught:
        bring_in(io.BytesIO(data), "f", record)

    assert caught.value.what.startswith(what)
    assert caught.value.hint.startswith(hint)
    assert sum(map(len, record.batches)) == kept


def shop(start: float) -> list[Sample]:
    """Two checks with three series each, for an hour."""
    return [
        Sample(name, (("check", check), ("kind", "apis")), start + 300 * number, number / 7)
        for number in range(12)
        for check in ("Café «x»", 'a"b\\c')
        for name in ("probe_success", "probe_duration_seconds", "http:requests_total")
    ]


def test_a_history_comes_out_and_in_unchanged(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "a.db")) as one, open_store(str(tmp_path / "b.db")) as other:
        one.record(shop(1_795_419_127.25))
        text = "".join(bring_out(one))
        for _ in range(2):  # the second time changes nothing
            assert bring_in(io.BytesIO(text.encode()), "f", other.take_in) == 72
        assert "".join(bring_out(other)) == text


def test_hours_come_out_as_series_of_their_own(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "a.db")) as store:
        store.record(Sample("up", (("a", "1"),), 7200 + 300 * number, number) for number in range(12))
        store.prune(100 * 86_400)
        text = "".join(bring_out(store, hourly=True))

    assert text.splitlines()[:2] == ['up:count{a="1"} 12 10800', 'up:sum{a="1"} 66 10800']
    assert text.splitlines()[-2:] == ['up:increase{a="1"} 11 10800', "# EOF"]


def test_promtool_reads_what_comes_out(tmp_path: Path) -> None:
    promtool = need("promtool")
    with open_store(str(tmp_path / "a.db")) as store:
        store.record(shop(1_795_419_127.25))
        (tmp_path / "out.txt").write_text("".join(bring_out(store)))
    create = [promtool, "tsdb", "create-blocks-from", "openmetrics", "out.txt", "blocks"]
    subprocess.run(create, cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "blocks" / "wal").mkdir()  # without it, dump takes the folder for no database
    dump = subprocess.run(
        [promtool, "tsdb", "dump", "blocks"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    series, values, times = zip(*(text.rsplit(" ", 2) for text in dump.stdout.splitlines()), strict=True)

    assert len(set(series)) == 6
    assert sorted(zip(map(float, values), map(int, times), strict=True)) == sorted(
        (sample.value, round(sample.time * 1000)) for sample in shop(1_795_419_127.25)
    )
