"""The keys under `logs:` are the files of a folder; a source is given by the rules, or says what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from dropmon.errors import DropmonError
from dropmon.logs.sources.kinds import registry
from dropmon.rules import load
from dropmon.rules.schema import schema
from dropmon.rules.sections.logs import source

REF = "abcdefghijklmnopqrst"


def written(folder: Path, text: str) -> Path:
    path = folder / "rules.yaml"
    path.write_text(text)
    return path


@pytest.mark.slow
def test_every_source_is_a_key_with_help_and_says_what_it_asks(tmp_path: Path) -> None:
    logs = schema()["properties"]["logs"]["then"]
    described = str(schema()["$defs"])
    assert set(registry()) == {"cloudwatch", "loki", "supabase", "vercel"}
    for name, kind in registry().items():
        assert name in str(logs) or name in described
        assert (kind.__doc__ or "").endswith(".") or "pip install" in (kind.__doc__ or "")


@pytest.mark.parametrize(
    ("text", "name", "asks"),
    [
        (f"supabase: {{project: {REF}, token: t0ken}}", "supabase", f"all services of {REF}"),
        ("vercel: {project: shop, token: t0ken}", "vercel", "the newest deployment in production of shop"),
        ("loki: {}", "loki", 'http://localhost:3100: {service_name=~".+"}'),
        ("cloudwatch: {region: eu-west-3, group: /aws/lambda/a}", "cloudwatch", "eu-west-3: /aws/lambda/a"),
    ],
)
def test_a_source_is_what_the_rules_say(tmp_path: Path, text: str, name: str, asks: str) -> None:
    found = source(load(written(tmp_path, f"logs:\n  {text}\n  every: 1m\n")), name)
    assert type(found) is registry()[name]
    assert asks in found.asks()


@pytest.mark.parametrize(
    ("text", "name", "what"),
    [
        ("logs: {loki: {}}", "lokki", "there is no source 'lokki'"),
        ("logs: {loki: {}}", "vercel", "the rules name no vercel under `logs:`"),
        ("platform: {}", "vercel", "the rules name no vercel under `logs:`"),
        ("logs: {loki: {urll: x}}", "loki", "rules.yaml:1:15: unknown key 'urll'"),
        ("logs: {supabase: {project: a, token: '${NOT_SET_HERE}'}}", "supabase", "NOT_SET_HERE"),
        ("logs: {supabase: {project: 'a/../b', token: t0ken}}", "supabase", "project"),
    ],
)
def test_what_is_missing_or_wrong_is_said(tmp_path: Path, text: str, name: str, what: str) -> None:
    rules = load(written(tmp_path, text))
    with pytest.raises(DropmonError) as caught:
        source(rules, name)
    assert what in caught.value.what


def test_a_mistake_in_one_source_does_not_stop_another(tmp_path: Path) -> None:
    rules = load(written(tmp_path, "logs: {loki: {}, vercel: {projekt: x}}"))
    assert source(rules, "loki").asks()
