"""Variables and files come into one string, change nothing around it, and are missed only where they are needed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dropmon.checks.http import Http
from dropmon.errors import RulesError
from dropmon.rules import Rules
from tests.rules.conftest import Complain, Load

API = "checks:\n  apis:\n    - {name: a, url: 'https://a.example', headers: {X: %s}}\n"


def header(rules: Rules) -> str:
    (entry,) = rules.entries("apis")
    assert isinstance(entry.probe, Http), entry.problem
    return entry.probe.headers["X"].get_secret_value()


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_value_arrives_untouched(rules: Load, value: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOKEN", value)
        assert header(rules(API % "'Bearer ${TOKEN}!'")) == f"Bearer {value}!"


@pytest.mark.parametrize(
    ("written", "comes_to"),
    [
        ("${A}", "va"),
        ("${A}${B}", 'vab: # $ "'),
        ("${NONE:-x y}", "x y"),
        ("${EMPTY:-x}", "x"),
        ("${EMPTY}", ""),
        ("${NONE:-}", ""),
        ("${A:-x}", "va"),
        ("$${A} costs 5$ or $A", "${A} costs 5$ or $A"),
        ("$$$${A}", "$${A}"),
        ("$$${A}", "$va"),
    ],
)
def test_the_ways_to_write_a_variable(
    rules: Load, monkeypatch: pytest.MonkeyPatch, written: str, comes_to: str
) -> None:
    for name, value in {"A": "va", "B": 'b: # $ "', "EMPTY": ""}.items():
        monkeypatch.setenv(name, value)
    assert header(rules(API % f"'{written}'")) == comes_to


@pytest.mark.parametrize("written", ["${}", "${A", "${1x}", "${A-b}", "${column:}"])
def test_what_looks_like_a_variable_and_is_none_is_refused(complaints: Complain, written: str) -> None:
    (said,) = complaints(API % f"'{written}'")
    assert "is no variable: write ${NAME}, or $$ for a dollar sign" in said
    assert said.startswith("rules.yaml:3:56: ")


def test_a_number_may_come_from_a_variable(rules: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "587")
    monkeypatch.setenv("TIME", "3s")
    (entry,) = rules("checks: {tcp: [{name: a, host: h, port: '${PORT}', timeout: '${TIME}'}]}").entries("tcp")
    assert entry.probe
    assert (entry.probe.model_dump()["port"], entry.probe.timeout) == (587, 3.0)


def test_a_variable_is_missed_only_by_the_entry_that_needs_it(rules: Load) -> None:
    loaded = rules(
        "checks:\n  apis:\n    - {name: a, url: '${A_URL}/${A_PATH}', headers: {X: '${TOKEN}'}}\n"
        "    - {name: b, url: 'https://b.example'}\noncall: {people: {x: {name: X, phone: '${PHONE}'}}}\n"
    )
    a, b = loaded.entries("apis")

    assert a.probe is None
    assert str(a.problem) == "rules.yaml:3:22: unset variable A_URL (export A_URL=…)"
    assert b.problem is None
    assert b.probe
    with pytest.raises(RulesError, match=r"rules.yaml:5:39: unset variable PHONE"):
        _ = loaded.oncall


def test_beside_an_unset_variable_every_other_mistake_is_still_found(complaints: Complain) -> None:
    text = "channels:\n  smtp: {host: h, port: '${PORT}', from: '${FROM}', to: ['${TO}'], usernam: x}\n"
    assert [line.split(": ", 1)[1] for line in complaints(text)] == [
        "unknown key 'usernam' in channels.smtp (did you mean 'username'?)",
        "unset variable PORT (export PORT=…)",
        "unset variable FROM (export FROM=…)",
        "unset variable TO (export TO=…)",
    ]


@pytest.mark.parametrize(
    ("section", "path"),
    [
        ("metrics: {a: 'b{c=\"${NONE}\"} + 1'}", "metrics"),
        ("alerts: [{id: a, condition: 'b{c=~\"x$|${NONE}\"} > 1', severity: low}]", "alerts"),
        ("slos: [{name: a, target: 99%, good: 'b{c=\"$${NONE}\"}', total: 'b{c=\"${NONE}\"}'}]", "slos"),
    ],
)
def test_promql_keeps_its_dollars(rules: Load, section: str, path: str) -> None:
    assert "${NONE}" in repr(getattr(rules(section), path))


def test_a_value_may_stand_in_a_file_beside_the_rules(rules: Load, tmp_path: Path) -> None:
    (tmp_path / "token").write_text('s3cret: # $ "\n\n')
    assert header(rules("checks:\n  apis:\n    - {name: a, url: 'https://a.example', headers: {X_file: token}}\n")) == (
        's3cret: # $ "\n'
    )


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("{webhook_file: none}", "1:34: cannot read none: No such file or directory (is the path right?)"),
        ("{webhook_file: .}", "1:34: cannot read .: Is a directory (is the path right?)"),
        ("{webhook_file: '${NONE}'}", "1:34: unset variable NONE (export NONE=…)"),
        ("{webhook: a, webhook_file: b}", "1:32: both 'webhook' and 'webhook_file' are given (keep one of them)"),
        ("{webhook_file: big}", "1:34: big is larger than 64 KiB ('webhook_file' names a file with one value)"),
        ("{webhook_file: latin}", "1:34: latin is not UTF-8 text"),
        ("{webhook_fil: x}", "1:20: unknown key 'webhook_fil' in channels.slack (did you mean 'webhook'?)"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(complaints: Complain, tmp_path: Path, channel: str, said: str) -> None:
    (tmp_path / "big").write_text("x" * 70_000)
    (tmp_path / "latin").write_bytes(b"\xe9")
    assert f"rules.yaml:{said}" in complaints(f"channels: {{slack: {channel}}}")


def test_labels_of_ones_own_may_end_in_file(rules: Load) -> None:
    (entry,) = rules("checks: {tcp: [{name: a, host: h, port: 1, labels: {log_file: /var/log/a}}]}").entries("tcp")
    assert entry.probe
    assert entry.probe.labels == {"log_file": "/var/log/a"}


def test_the_environment_is_left_as_it_is(rules: Load) -> None:
    before = dict(os.environ)
    header(rules(API % "'${HOME}'"))
    assert dict(os.environ) == before
