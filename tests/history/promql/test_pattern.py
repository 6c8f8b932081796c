"""Regular expressions mean here what they mean to Prometheus, or are refused."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pytest

from dropmon.history.promql import PromqlError, Series, Vector, evaluate, refused
from dropmon.pattern import PatternError, pattern
from dropmon.storage.matcher import Matcher
from tests.history.promql.prometheus import Prometheus, serving

SAME = [
    (r"(?i)ÉTÉ", "Été", True),
    (r"ÉTÉ", "Été", False),
    (r"(?i)straße", "STRAẞE", True),
    (r"a{,3}", "aa", False),
    (r"a{,3}", "a{,3}", True),
    (r"a{,}", "a{,}", True),
    (r"a{2,3}", "aaa", True),
    (r"a{x}", "a{x}", True),
    (r"\s", "\v", False),
    (r"[\s]", "\v", False),
    (r"\s[\s]", "\t\f", True),
    (r"\S[\S]", "\v\v", True),
    (r"\S", "\u00a0", True),
    (r"\d[\d]", "٣٣", False),
    (r"\D[\D]", "٣é", True),
    (r"\w[\w]", "éé", False),
    (r"\W[\W]", "éé", True),
    (r"(?i)\W|[\W]", "s", False),
    (r"(?i)\w", "ſ", True),
    (r"(?i)[\W]", "ſ", False),
    (r"[\W]", "ſ", True),
    (r"[\d-z]", "-", True),
    (r"[\w-z]", "-", True),
    (r"[\s-z]", "-", True),
    (r"[a[]", "[", True),
    (r"[]a]", "]", True),
    (r"[^]a]", "b", True),
    (r"[a||b&&d~~e]", "|", True),
    (r"[a+]+", "a+", True),
    (r"[(?=]", "=", True),
    (r"a\b.b", "a b", True),
    (r"a\b.b", "aéb", True),  # é is no letter of a word
    (r"a\B.b", "aéb", False),
    (r"a$.*", "a\n", False),
    (r"(?m)a$.*", "a\n", True),
    (r"a\z", "a", True),
    (r"\x{e9}[\x{e9}]\xe9", "ééé", True),
    (r"(?-s)a.b", "a\nb", False),
    (r"a.b", "a\nb", True),
    (r"a(?i)b|c", "C", True),
    (r"(?:a(?i:b))c", "aBC", False),
    (r"\_\-\/\"", '_-/"', True),
]
REFUSED = [
    "[[:alpha:]]", "(?x) a", "(?a)é", "(?L)a", "(?u)a", "(?U)a", "(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(?>a)",
    "(?#a)a", r"(a)\1", "(?P<n>a)(?P=n)", "a++", "a*+", "a?+", "a{2}+", r"\pL", r"\Qa\E", r"\C", r"a\Z", r"[\b]",
    r"\u00e9", r"\N{DASH}", "a{1001}", "a{2,1001}", "a{99999999999999999999}", "(", ")", "[a", "*", "a**", "(?)", "(?i",
    r"\x{110000}",
]  # fmt: skip


@pytest.mark.parametrize(("text", "value", "matches"), SAME)
def test_it_matches_what_prometheus_matches(text: str, value: str, matches: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert bool(pattern(text).fullmatch(value)) is matches
        assert Matcher("a", "=~", text).accepts({"a": value}) is matches
        assert Matcher("a", "!~", text).accepts({"a": value}) is not matches


@pytest.mark.parametrize("text", REFUSED)
def test_what_only_one_of_them_knows_is_refused_when_the_rules_are_read(text: str) -> None:
    with pytest.raises(PatternError):
        pattern(text)
    assert refused(f"label_replace(up, 'a', 'b', 'c', {quoted(text)})")
    assert refused(f"up{{a=~{quoted(text)}}}")


def test_labels_may_have_any_name() -> None:
    def select(matchers: Sequence[Matcher], start: int, end: int) -> list[Series]:
        return [Series((("__name__", "x"), ("job", "a")), [60_000], [1.0])]

    for expression in (
        'count_values("labels", x)',
        'label_replace(x, "labels", "$1", "job", "(.*)")',
        'label_join(x, "labels", ",", "job")',
        'x * on (job) group_left (labels) label_replace(x, "labels", "b", "", "")',
    ):
        found = evaluate(expression, select, 100)
        assert isinstance(found, Vector)
        assert "labels" in dict(found.samples[0][0])


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\v", "\\v") + '"'


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    folder: Path = tmp_path_factory.mktemp("prometheus")
    with serving(folder) as found:
        yield found


MORE = {"ab", "aB", "b", "k", "\u212a", "a\n", "é_", "0", "aaaa", "a{1", "^$"}
VALUES = sorted({value for _, value, _ in SAME} | MORE)
PARTS = [
    "a", "b", "K", "é", "ſ", ".", "^", "$", "|", "(", ")", "(?:", "(?i)", "(?i:", "(?-i)", "(?m)", "(?-s)", "(?P<n>",
    "*", "+", "?", "{2}", "{,2}", "{1,", "{", "}", "[", "]", "^", "-", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S",
    r"\b", r"\B", r"\z", r"\A", r"\n", r"\v", r"\.", r"\x{e9}", r"\x41", "[^a]", r"[\wé]", r"[^\W-]", r"[\s-a]",
    "[a-k]", "(?i)[é-ÿ]",
]  # fmt: skip


def theirs(prometheus: Prometheus, text: str) -> set[str] | str:
    """Which of the values Prometheus matches, or why it does not. Before 3 its dot takes no end of a line."""
    values = " or ".join(f'label_replace(vector({n}), "y", {quoted(v)}, "z", "")' for n, v in enumerate(VALUES))
    found = prometheus.query(f'label_replace({values}, "hit", "yes", "y", {quoted("(?s)" + text)})', 1_795_420_800)
    if isinstance(found, str):
        return found
    return {one["metric"].get("y", "") for one in found["result"] if "hit" in one["metric"]}


def ours(text: str) -> set[str] | str:
    try:
        match = pattern(text).fullmatch
    except PatternError as error:
        return error.what
    return {value for value in VALUES if match(value)}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Possible")
def test_a_real_prometheus_says_the_same(prometheus: Prometheus) -> None:
    """What we refuse it may take; never the other way round, and never with another answer."""
    chance = Random(7)
    made = ["".join(chance.choice(PARTS) for _ in range(chance.randrange(1, 7))) for _ in range(600)]
    compared = 0
    for text in [*(each for each, _, _ in SAME), *made]:
        mine = ours(text)
        if isinstance(mine, set):
            assert theirs(prometheus, text) == mine, text
            compared += 1
    assert compared > 200


def test_the_values_are_told_to_prometheus_as_they_are(prometheus: Prometheus) -> None:
    assert theirs(prometheus, ".*") == set(VALUES)
    assert refused("up{a=~'.*'}") is None
    with pytest.raises(PromqlError):
        evaluate('up{a=~"(?x)a"}', lambda *_: [], 0)
