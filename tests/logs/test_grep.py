"""Whatever engine looks, an expression means the same, and takes linear time."""

import re
import time
from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.errors import DropmonError, UsageError
from dropmon.logs.expression import parse
from dropmon.logs.grep import Grep

ENGINES = [name for name in ("hyperscan", "re2") if find_spec(name)]
LINE = b'{"level":"error","message":"paiement refus\xc3\xa9","code":"E_CARD"}\n    at pay (index.ts:12)'


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("expression", "data", "found"),
    [
        ("E_CARD", LINE, True),
        ("e_card", LINE, False),
        ("(?i)e_card", LINE, True),
        ("(?i:e_c)ARD", LINE, True),
        ("(?i:e_c)ard", LINE, False),
        ("e(?i)_card|PAY", b"pay", True),
        (r"^\s+at pay", LINE, True),
        (r"}$", LINE, True),
        (r"\A\s+at", LINE, False),
        (r"12\)\z", LINE, True),
        ("error.*index", LINE, False),
        ("(?s)error.*index", LINE, True),
        (r"error[^x]*index", LINE, True),
        ('{"level"', LINE, True),
        ("refusé", LINE, True),
        ('refusé+"', b'refus\xc3\xa9\xc3\xa9"', True),
        ("(?i)REFUSÉ", LINE, True),
        ("(?i)ſ", b"s", False),
        ("(?i)k", "\u212a".encode(), False),
        ("refus[éèe]", LINE, True),
        ("refus[à-ü]".replace("à-ü", r"\u00e9"), LINE, True),
        (r"\xc3\xa9", LINE, True),
        (r"[\x80-\xff]{2}", LINE, True),
        (r"(?i)[\xc3]", b"\xe3", False),
        (r"\be\b", LINE, False),
        (r"[[:digit:]]{2}", LINE, True),
        (r"\d{3}", LINE, False),
        (r"code\"\s*:\s*\"(?P<code>E_\w+)", LINE, True),
        (r"a{,2}", b"a{,2}", True),
        ("[]x]", b"]", True),
        (r"[\]-]", b"-", True),
        ("", b"", True),
        ("^$", b"a\n\nb", True),
        ("^$", b"a\n", False),
        ("^$", b"", True),
        (r"\s", b"\v", True),
        (r"\0", b"a\0b", True),
        ("a??b", b"b", True),
        ("(?-m)^at", b"x\nat", False),
    ],
)
def test_an_expression_means_the_same_with_every_engine(engine: str, expression: str, data: bytes, found: bool) -> None:
    assert Grep(expression, engine).found(data) is found


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("a(?=b)", "column 2: no lookahead is possible"),
        ("a(?!b)", "no lookahead"),
        ("(?<=a)b", "no lookbehind"),
        ("(?<!a)b", "no lookbehind"),
        (r"(a)\1", "column 4: no backreference"),
        (r"(?P<x>a)(?P=x)", "no backreference"),
        (r"\k<x>", "no backreference"),
        ("(?>a)", "no atomic group"),
        ("a++", "no possessive repetition"),
        (r"\p{L}", "no Unicode property"),
        ("(?(1)a|b)", "no condition"),
        ("(a", "column 1: this parenthesis is never closed"),
        ("a)", "column 2: this parenthesis closes nothing"),
        ("[a", "never closed"),
        ("*a", "nothing to repeat"),
        ("^*", "nothing to repeat"),
        ("a**", "a repetition of a repetition"),
        ("a{3,2}", "the most is less"),
        ("a{1001}", "more than 1000 repetitions"),
        ("(a{100}){100}", "more than 1000 repetitions"),
        ("[z-a]", "no such range"),
        ("[é-ü]", "no such range"),
        ("[^é]", "only ASCII can be left out"),
        (r"[^\w\W]", "nothing is left"),
        (r"\xzz", "without its number"),
        ("\\", "is not known"),
        (r"\y", "is not known"),
        ("(?x)a", "such a group is not known"),
        ("(" * 100 + ")" * 100, "groups within groups"),
        ("(abcdefgh){900}", "too big"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name_and_column(expression: str, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)) as raised:
        parse(expression)
    assert raised.value.hint


@pytest.mark.skipif("hyperscan" not in ENGINES, reason="hyperscan is not installed")
@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("x^y", "where a line cannot begin"),
        (r"(?:a.{20}b.{30}c.*){30}", "too big"),
        (r"\b\B", "nothing can ever match"),
    ],
)
def test_what_hyperscan_does_not_take_is_refused_in_a_sentence(expression: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as raised:
        Grep(expression, "hyperscan")
    assert raised.value.hint


def test_plain_text_needs_no_engine_and_anything_else_says_what_to_install() -> None:
    assert Grep(r"a\.b", "none").found(b"xa.by")
    assert Grep(r"a\.b").literal == b"a.b"
    assert Grep("(?i)a").literal is None
    with pytest.raises(DropmonError) as raised:
        Grep("a.b", "none")
    assert "pip install hyperscan" in raised.value.hint


@pytest.mark.parametrize("engine", ENGINES)
def test_an_expression_that_ruins_others_takes_linear_time(engine: str) -> None:
    evil = Grep("(x+x+)+y", engine)
    begun = time.process_time()

    assert not evil.found(b"x" * 1_000_000)
    assert time.process_time() - begun < 2


ATOMS = st.sampled_from(
    ["a", "b", ".", "[ab]", "[^a]", r"\w", r"\s", r"\d", r"\n", "^", "$", r"\b", "A", r"\x61", "\\{", "-"]
)
ONES = st.one_of(
    ATOMS,
    ATOMS.filter(lambda atom: atom not in ("^", "$", r"\b")).flatmap(
        lambda atom: st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "*?"]).map(lambda times: atom + times)
    ),
)
EXPRESSIONS = st.recursive(
    st.lists(ONES, max_size=4).map("".join),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        inner.map(lambda one: f"({one})"),
        inner.map(lambda one: f"(?i:{one})"),
        st.tuples(inner, inner).map("".join),
    ),
    max_leaves=5,
)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@given(expression=EXPRESSIONS, text=st.text("abAB 1\n-{é", max_size=12))
def test_an_expression_means_what_python_says_of_bytes(engine: str, expression: str, text: str) -> None:
    data = text.encode().rstrip(b"\n")
    try:
        found = Grep(expression, engine).found(data)
    except UsageError as error:
        assert "cannot begin or end" in error.what or "can ever match" in error.what  # noqa: PT017 Hyperscan's own
        return
    assert found is (re.search(expression.encode(), data, re.MULTILINE) is not None)


@pytest.mark.slow
@given(st.text())
def test_any_text_is_an_expression_or_is_refused_in_a_sentence(text: str) -> None:
    try:
        parse(text)
    except UsageError as error:
        assert "column" in error.what  # noqa: PT017 either is right


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_escaped_text_is_found_as_it_is(text: str) -> None:
    expression = "".join("\\" + each if each.isascii() and not each.isalnum() else each for each in text)
    assert parse(expression).fixed == text.encode()
