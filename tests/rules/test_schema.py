"""The JSON Schema takes what `rules check` takes, and tells an editor of a slip where it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dropmon.rules import document
from dropmon.rules.reading import Reading
from dropmon.rules.schema import schema
from tests.rules.test_example import EXAMPLE, SHAPE, STARTER


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(schema())
    return Draft202012Validator(schema())


def as_an_editor_reads(text: str) -> Any:
    node = document.read(text, "rules.yaml")
    assert node
    return Reading("rules.yaml", Path(), rows=True, environment={}).value(node, ("",))


@pytest.mark.slow
@pytest.mark.parametrize("path", [EXAMPLE, SHAPE, STARTER], ids=lambda path: path.name)
def test_what_we_show_meets_the_schema(validator: Draft202012Validator, path: Path) -> None:
    assert [error.message for error in validator.iter_errors(as_an_editor_reads(path.read_text()))] == []


@pytest.mark.parametrize(
    "text",
    [
        "checks: {tcp: [{name: a, host: h, port: '${PORT}', timeout: '${T:-3s}'}]}",
        "checks: {apis: [{name: a, targets: {file: t.csv}}]}\nx-shared: 3",
        "defaults:\nalerts:\nchecks: {apis: }",
        "databases: {m: {url_file: secret}}",
    ],
)
def test_what_a_file_may_also_say(validator: Draft202012Validator, text: str) -> None:
    value = as_an_editor_reads(text)
    if "m" in value.get("databases", {}):
        value["databases"]["m"] = {"url_file": "secret"}  # reading has already looked into the file
    assert [error.message for error in validator.iter_errors(value)] == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("platfrom: {}", "$"),
        ("defaults: {timeout: 10}", "$.defaults.timeout"),
        ("defaults: {timeout: ten}", "$.defaults.timeout"),
        ("checks: {apis: [{name: a, urll: x}]}", "$.checks.apis[0]"),
        ("checks: {tcp: [{name: a, host: h, port: '587'}]}", "$.checks.tcp[0].port"),
        ("alerts: [{id: a, condition: b, severity: hihg}]", "$.alerts[0].severity"),
    ],
)
def test_a_slip_is_told_where_it_is(validator: Draft202012Validator, text: str, path: str) -> None:
    assert path in {error.json_path for error in validator.iter_errors(as_an_editor_reads(text))}


def test_defaults_are_shown_as_they_would_be_written() -> None:
    assert schema()["$defs"]["Tcp"]["properties"]["every"]["default"] == "5m"


def test_every_key_of_a_check_says_what_it_is_for() -> None:
    keys = schema()["$defs"]["Api"]["properties"]
    silent = {name for name, part in keys.items() if not part.get("description") and "$ref" not in str(part)}
    assert silent <= {"method", "body"}
