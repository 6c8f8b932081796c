"""What passes a query, and what a query needs to stand in the bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.errors import UsageError
from dropmon.logs.entry import Entry
from dropmon.logs.level import Level
from dropmon.logs.query import Query, judge

ENTRY = Entry(
    b'{"level":"error","message":"boom"}\n    at pay (index.ts:12)', Level.ERROR, 100.0, "boom",
    service="functions", function="pay", request="r_1", user="u_1", fields={"n": 5},
)  # fmt: skip


@pytest.mark.parametrize(
    ("query", "passes"),
    [
        (Query(), True),
        (Query(least=Level.WARN), True),
        (Query(least=Level.FATAL), False),
        (Query(only=frozenset({Level.ERROR})), True),
        (Query(only=frozenset({Level.WARN, Level.FATAL})), False),
        (Query(least=Level.FATAL, only=frozenset({Level.ERROR})), False),
        (Query(functions=("pay", "claim")), True),
        (Query(functions=("pa",)), False),
        (Query(services=("functions",), requests=("r_1",), users=("u_1",)), True),
        (Query(services=("vercel",)), False),
        (Query(requests=("r_2",)), False),
        (Query(users=("u_2",)), False),
        (Query(since=100.0), True),
        (Query(since=100.1), False),
        (Query(until=100.0), False),
        (Query(until=100.1), True),
        (Query(grep=("boom", "index.ts:[0-9]+")), True),
        (Query(grep=("boom", "bang")), False),
        (Query(without=("bang",)), True),
        (Query(without=("bang", "at pay")), False),
        (Query(where=("n = 5", "level = error")), True),
        (Query(where=("n = 5", "n = 6")), False),
    ],
)
def test_an_entry_passes_when_all_of_it_holds(query: Query, passes: bool) -> None:
    assert query.passes(ENTRY) is passes
    assert not query.passes(ENTRY._replace(failure="Unauthorized"))


@pytest.mark.parametrize("least", [None, *Level])
def test_an_entry_without_a_level_passes_with_info_and_below(least: Level | None) -> None:
    unknown = Entry(b"GET / 200")
    assert Query(least=least).passes(unknown) is (least is None or least <= Level.INFO)
    assert not Query(only=frozenset({Level.INFO})).passes(unknown)
    assert Query(only=frozenset({Level.UNKNOWN})).passes(unknown)


def test_an_entry_that_tells_no_time_is_kept() -> None:
    assert Query(since=1e9, until=2e9).passes(Entry(b"boom"))


@pytest.mark.parametrize("query", [Query(grep=("(",)), Query(without=(r"(a)\1",)), Query(where=("n = ",))])
def test_what_cannot_be_asked_is_refused_before_the_first_entry(query: Query) -> None:
    with pytest.raises(UsageError):
        judge(query)


@pytest.mark.parametrize(
    ("query", "needs"),
    [
        (Query(least=Level.ERROR), ()),
        (Query(functions=("pay",), requests=("r_1",), users=("u-1",)), (b"pay", b"r_1", b"u-1")),
        (Query(functions=("pay", "claim")), ()),
        (Query(users=("é", )), ()),
        (Query(users=('a"b',)), ()),
        (Query(users=("1e3",)), ()),
        (Query(services=("functions",)), ()),
        (Query(where=("a = x", "b = y and c = z")), (b"x", b"y", b"z")),
        (Query(where=("a = x or b = y", "not c = z", "d != v", "e > w", "f = 42", "level = error")), ()),
        (Query(grep=("plain", "a.b", r"two\nlines"), without=("absent",)), (b"plain", b"two\nlines")),
    ],
)  # fmt: skip
def test_a_query_names_the_bytes_that_it_cannot_do_without(query: Query, needs: tuple[bytes, ...]) -> None:
    assert query.needs() == needs


VALUES = st.one_of(st.text("ab\\u_.-é\n", max_size=4), st.integers(), st.floats(), st.booleans(), st.none())


@given(fields=st.dictionaries(st.sampled_from(["a", "b"]), VALUES), wanted=st.text("ab_.-019e", min_size=1, max_size=4))
def test_no_entry_passes_without_the_bytes_that_are_needed(fields: dict[str, object], wanted: str) -> None:
    query = Query(where=(f"a = {wanted}",))
    for value in (fields, {**fields, "a": wanted}):
        raw = json.dumps(value).encode()
        if query.passes(Entry(raw, fields=value)) and b"\\u" not in raw:
            assert all(each in raw for each in query.needs())


def test_a_query_knows_that_nothing_but_the_level_counts() -> None:
    assert Query(least=Level.ERROR, only=frozenset({Level.FATAL})).is_level_only
    assert not Query(least=Level.ERROR, since=0.0).is_level_only
