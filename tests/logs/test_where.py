"""Conditions are read as they are meant, and asked of what the application wrote."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.errors import UsageError
from dropmon.logs.compare import judge
from dropmon.logs.condition import OPERATORS, All, Comparison, Condition, Either, Exists, Not, Value
from dropmon.logs.entry import Entry
from dropmon.logs.level import Level
from dropmon.logs.where import parse

ENTRY = Entry(
    b"",
    Level.ERROR,
    1795415402.0,
    "payment failed (card)",
    function="claim-drop",
    user="u_1",
    duration=0.75,
    status="502",
    context={"orderId": 42, "depth": 1},
    fields={
        "context": {
            "orderId": 42, "code": "E_CARD", "big": 12345678901234567890, "ok": True, "none": None, "nan": float("nan"),
        },
        "response.status_code": "500",
        "a": {"b.c": {"d": "x"}},
        "items": [{"id": 7}],
        "and": 1,
        "odd key": "y",
        "version": "v4",
        "level": "warn",
        "duration": 750,
    },
)  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("context.orderId = 42", True),
        ("context.orderId=42", True),
        ("context.orderId == 42", True),
        ("context.orderId = 42.0", True),
        ('context.orderId = "42"', True),
        ("context.orderId != 42", False),
        ("context.orderId > 41.5", True),
        ("context.orderId < 9", False),
        ("context.big = 12345678901234567890", True),
        ("context.big = 12345678901234567891", False),
        ("context.depth = 1", True),  # from the context, where the application wrote none
        ("context.code = E_CARD", True),
        ("context.code = e_card", False),
        ("context.code < F", True),
        ("context.code > 5", False),
        ("context.code != 5", True),
        ("context.code ~ ^E_", True),
        ("context.code !~ (CARD|CASH)$", False),
        ('context.code ~ "E_\\w+"', True),
        ("context.ok = true", True),
        ("context.ok = 1", False),
        ("context.ok > 0", False),
        ("context.nan = 1", False),
        ("context.none exists", False),
        ("context.none != 1", False),
        ("context.missing != 1", False),
        ("not context.missing = 1", True),
        ("context exists", True),
        ('context ~ "orderId.: 42"', True),
        ("context > 1", False),
        ("response.status_code >= 500", True),
        ("response.status_code = 5e2", True),
        ("a.b.c.d = x", True),
        ("items.0.id = 7", True),
        ("items.1.id exists", False),
        ('"and" = 1', True),
        ("'odd key' = y", True),
        ("version > 3", False),
        ("level = error", True),  # the level that counts, not the one that is written
        ("level >= WARNING", True),
        ("level ~ ^err", True),
        ("level = unknown", False),
        ("time >= 2026-11-23T06:30:00Z", True),
        ("time < 1795415402", False),
        ("duration > 500ms", True),
        ("duration <= 0.5s", False),
        ("status >= 500", True),
        ('status = "502"', True),
        ("message = 'payment failed (card)'", True),
        ("function = claim-drop and user = u_1", True),
        ("userId = u_2 or requestId exists", False),
        ("userId = u_2 or userId = u_1 and status = 502", True),
        ("(userId = u_2 or userId = u_1) and status = 200", False),
        ("not (userId = u_2)", True),
        ("NOT userId exists OR level = error", True),
        ("not not level = error", True),
    ],
)
def test_a_condition_holds_of_what_the_application_wrote(condition: str, holds: bool) -> None:
    assert judge(parse(condition))(ENTRY) is holds


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("", "column 1: expected a key"),
        ("context.orderId", "column 16: expected one of !~ != <= >= = < > ~ or 'exists'"),
        ("context.orderId =", "column 18: expected a value"),
        ("a = 1 b = 2", "column 7: expected 'and', 'or' or the end"),
        ("a = 1 and", "column 10: expected a key"),
        ("(a = 1", "column 7: expected ')', 'and' or 'or'"),
        ("a = 1)", "column 6: expected 'and', 'or' or the end"),
        ("and = 1", "column 1: expected a key"),
        ("a = 'x", "column 5: expected another ' before the end"),
        ('"" = 1', "column 1: expected a key"),
        ("a = null", "column 5: expected a value; for null write 'not … exists'"),
        ("level = eror5", "column 9: expected a level"),
        ("duration > 500", "column 12: expected a duration with its unit"),
        ("time > 06:30", "column 8: expected a time with its zone"),
        ("a ~ (?=b)", "column 5: '(?=b)', column 1: no lookahead"),
        ("not " * 60 + "a = 1", "at most 50 conditions within conditions"),
        ("(" * 60 + "a = 1" + ")" * 60, "at most 50 conditions within conditions"),
    ],
)
def test_an_error_points_to_its_column_and_says_what_is_expected(condition: str, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)) as raised:
        parse(condition)
    assert "context.orderId = 42" in raised.value.hint or said.endswith("lookahead")


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
PATHS = st.one_of(
    st.sampled_from(["context.orderId", "and", "a b", "@l", "log.level", '"', "\\", "not", "x(y)"]), TEXTS.filter(bool)
).filter(lambda path: path not in ("level", "duration", "time"))
VALUES = st.one_of(
    st.sampled_from(["42", "E_CARD", "f(x)", "a,b", "-1.5e3", "a=b", "and"]).map(Value),
    TEXTS.map(lambda text: Value(text, quoted=True)),
)
LEAVES: st.SearchStrategy[Condition] = st.one_of(
    st.builds(
        Comparison, PATHS, st.sampled_from([each for each in OPERATORS if each not in ("~", "!~", "==")]), VALUES
    ),
    st.builds(Exists, PATHS),
)


def several(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(Not, inner), st.builds(All, parts), st.builds(Either, parts))


@pytest.mark.slow
@given(st.recursive(LEAVES, several, max_leaves=8))
def test_a_condition_that_is_written_down_is_read_as_it_was(condition: Condition) -> None:
    assert parse(str(condition)) == condition


@given(st.text())
def test_any_text_is_a_condition_or_is_refused_in_a_sentence(text: str) -> None:
    try:
        parse(text)
    except UsageError as error:
        assert "column" in error.what  # noqa: PT017 either is right


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b", "a.b"]), inner)),
    max_leaves=6,
)


@pytest.mark.slow
@given(fields=st.dictionaries(st.sampled_from(["a", "b", "a.b", "message"]), JSON), leaf=LEAVES)
def test_a_condition_is_answered_whatever_is_there(fields: dict[str, object], leaf: Condition) -> None:
    judge(Either((leaf, Comparison("a.b", "<", Value("5")), Comparison("a.b", "~", Value("x")))))(
        Entry(b"", fields=fields)
    )
