"""What is not YAML, or not YAML for us, is said in plain words at its place."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dropmon.errors import RulesError
from dropmon.rules import document, load
from dropmon.rules.findings import examine
from tests.rules.conftest import Complain, Load

SHAPE = Path(__file__).with_name("shape.yaml").read_text()
PARSERS = [pytest.param(document.Parser, id="libyaml"), pytest.param(yaml.SafeLoader, id="python")]


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a:\n\tb: 1\n", "2:1", "a tab cannot indent"),
        ("a: b: c\n", "1:5", "a second ': ' on this line"),
        ("a: {u: ${X}/f}\n", "1:4", "quote ${…}"),
        ("a: [1, 2\nb: 3\n", "1:4", "the '[' that opens here"),
        ("a: 'x\n", "1:4", "the quote that opens here is never closed"),
        ("a: 'it's'\n", "1:8", "double a quote within quotes"),
        ("a: *x\n", "1:4", "*x stands for nothing"),
        ("a: &x {b: *x}\n", "1:11", "*x stands for nothing"),
        ("a: @x\n", "1:4", "a value cannot start with '@'"),
        ("- a\nb: 1\n", "2:1", "a key in the middle of a list"),
        ("a:\n  b: 1\n c: 2\n", "3:2", "this does not fit what stands above it"),
        ("a: x\nfoo\n", "2:1", "this line is no 'key: value'"),
        ("é: x\na: \x01\n", "2:4", "U+0001"),
        ("a: 1\n---\nb: 2\n", "2:1", "a second document"),
        ("%YAML 9.9\n---\na: 1\n", "1:1", "another version of YAML"),
        ("a: {<<: 3}\n", "1:4", "'<<' merges something that is not a mapping"),
        ("[" * 200_000, "1:101", "nested deeper than 100 levels"),
        ("- " * 5000, "1:201", "nested deeper than 100 levels"),
    ],
)
def test_what_is_not_yaml_is_said_in_plain_words(text: str, place: str, words: str, parser: object) -> None:
    with pytest.raises(RulesError) as caught:
        document.read(text, "r.yaml", parser)

    assert str(caught.value).startswith(f"r.yaml:{place}: ")
    assert words in str(caught.value)


def test_an_alias_bomb_is_refused_at_once() -> None:
    doubling = "".join(f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(24))
    merging = "".join(f"k{i}: &k{i} {{<<: [{', '.join(f'*k{j}' for j in range(i))}], v{i}: 1}}\n" for i in range(200))
    start = time.monotonic()

    for bomb in ("a: &a [x, x]\n" + doubling, merging):
        with pytest.raises(RulesError, match="stand for more than 100,000 values"):
            document.read(bomb, "r.yaml")

    assert time.monotonic() - start < 2


def test_anchors_and_merges_save_writing(rules: Load) -> None:
    loaded = rules(
        "x-usual: &usual {timeout: 3s, tags: [a]}\nchecks:\n  tcp:\n"
        "    - {<<: *usual, name: a, host: h, port: 1}\n    - {<<: *usual, name: b, host: h, port: 2, timeout: 4s}\n"
    )
    probes = [entry.probe for entry in loaded.entries("tcp")]

    assert [(probe.timeout, probe.tags) for probe in probes if probe] == [(3.0, ("a",)), (4.0, ("a",))]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"# nothing\n", "the file is empty"),
        (b"- a\n", "must be a mapping of sections"),
        (b"just text", "must be a mapping of sections"),
        (b"platform: {name: caf\xe9}\n", "rules.yaml:1:21: the byte 0xE9 is not UTF-8 (save the file as UTF-8)"),
        (b"platfrom: {}\n", "rules.yaml:1:1: unknown key 'platfrom' (did you mean 'platform'?)"),
        (b"platform:\n  name: a\nplatform: {}\n", "rules.yaml:3:1: key 'platform' is written twice (first at line 1)"),
        (b"? [a]\n: b\n", "a section's name must be text"),
    ],
)
def test_a_file_that_is_none_is_refused(content: bytes, words: str) -> None:
    Path("rules.yaml").write_bytes(content)
    with pytest.raises(RulesError) as caught:
        load(Path("rules.yaml"))
    assert words in str(caught.value)


def test_a_folder_a_missing_and_a_locked_file_are_named(tmp_path: Path) -> None:
    for place, words in ((tmp_path, "Is a directory"), (tmp_path / "no.yaml", "there is no such file")):
        with pytest.raises(RulesError, match=words):
            load(place)


def test_a_byte_order_mark_and_windows_lines_are_welcome(rules: Load) -> None:
    assert rules("\ufeffplatform:\r\n  name: x\r\n").platform.name == "x"


@pytest.mark.parametrize(
    ("value", "meant"),
    [("no", "no"), ("on", "on"), ("09:00", "09:00"), ("1_000", "1_000"), ("2026-01-05", "2026-01-05"), ('"12"', "12"),
     ("!!str 12", "12"), ("+33612345678", "+33612345678"), ("0612", "0612"), ("NO", "NO"), ("1e", "1e")],
)  # fmt: skip
def test_values_are_what_they_look_like(rules: Load, value: str, meant: str) -> None:
    assert rules(f"platform: {{name: {value}}}").platform.name == meant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "platform: {name: a, url: https://a.b, name: c}",
            "rules.yaml:1:39: key 'name' is written twice (first at line 1, column 12)",
        ),
        (
            "platform: {name: !!python/object:os.system x}",
            "rules.yaml:1:18: the tag '!!python/object:os.system' is refused: "
            "values are plain text, numbers, lists and mappings",
        ),
        ("platform: {? {a: b} : c}", "rules.yaml:1:14: a key must be text (quote ${…} and {…})"),
        (
            "platform: !!set {a}",
            "rules.yaml:1:11: the tag '!!set' is refused: values are plain text, numbers, lists and mappings",
        ),
    ],
)
def test_what_yaml_allows_and_rules_do_not(complaints: Complain, text: str, said: str) -> None:
    assert said in complaints(text)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.sampled_from("ab:- \n\t{}[]'\"&*!|>#$%@?,~0.é\x00\x85"), max_size=60))
def test_no_text_is_more_than_a_complaint(text: str) -> None:
    Path("rules.yaml").write_bytes(text.encode())
    for problem in examine(Path("rules.yaml")).problems:
        assert problem.line >= 1


JUNK = st.sampled_from(["", "\n", " ", "  ", "\t", ": ", "- ", *"{}[]'\"~#x", "12", "${", "&a ", "*a", "null"])


@pytest.mark.slow
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, len(SHAPE)), st.integers(0, 12), JUNK), min_size=1, max_size=4))
def test_no_slip_of_the_hand_is_more_than_a_complaint(slips: list[tuple[int, int, str]]) -> None:
    """The whole shape with some characters taken out or put in: examined to the end, whatever it has become."""
    text = SHAPE
    for at, length, junk in slips:
        text = text[:at] + junk + text[at + length :]
    Path("rules.yaml").write_text(text)

    examine(Path("rules.yaml"))
