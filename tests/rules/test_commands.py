"""What a newcomer types, in an empty folder and an empty home."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from dropmon import cli
from dropmon.cli import fail
from dropmon.errors import DropmonError
from tests.rules.test_example import EXAMPLE

Screen = pytest.CaptureFixture[str]


def dropmon(*words: str) -> int:
    """The exit code, as `dropmon` itself would end."""
    try:
        return cli.run(list(words))
    except DropmonError as error:
        return fail(error, debug=False)


def test_a_newcomer_gets_a_file_that_works_and_hears_what_to_type_next(capsys: Screen) -> None:
    assert dropmon("init") == 0
    assert capsys.readouterr().out == (
        "wrote rules.yaml\n\nnext:  dropmon check apis\nthen:  edit rules.yaml, and dropmon rules check\n"
    )
    assert stat.S_IMODE(Path("rules.yaml").stat().st_mode) == 0o600
    assert dropmon("rules", "check") == 0
    assert capsys.readouterr().out == "rules.yaml: no problems; 2 checks, 3 sections\n"


def test_nothing_is_ever_overwritten(capsys: Screen) -> None:
    Path("rules.yaml").write_text("mine")
    assert dropmon("init") == 3
    assert capsys.readouterr().err.startswith("dropmon: rules.yaml is already there, and stays as it is\n")
    Path("link.yaml").symlink_to("rules.yaml")
    assert dropmon("init", "--path", "link.yaml") == 3
    assert Path("rules.yaml").read_text() == "mine"


def test_a_file_elsewhere_is_named_in_what_to_type_next(capsys: Screen) -> None:
    assert dropmon("init", "--path", "home/.config/dropmon/rules.yaml") == 0
    assert "next:  dropmon check apis --rules home/.config/dropmon/rules.yaml\n" in capsys.readouterr().out
    assert dropmon("rules", "check") == 0


def test_a_folder_that_cannot_be_written_is_named(capsys: Screen) -> None:
    Path("file").write_text("")
    assert dropmon("init", "--path", "file/rules.yaml") == 3
    assert "cannot write file/rules.yaml" in capsys.readouterr().err


def test_without_a_file_every_place_looked_at_is_named(capsys: Screen, tmp_path: Path) -> None:
    assert dropmon("rules", "check") == 3
    assert capsys.readouterr().err == (
        f"dropmon: no rules file: there is no ./rules.yaml and no {tmp_path}/home/.config/dropmon/rules.yaml\n"
        "  → dropmon init writes one, --rules PATH names one\n"
    )


def test_the_file_is_found_where_it_is_said_to_be(monkeypatch: pytest.MonkeyPatch, capsys: Screen) -> None:
    Path("other.yaml").write_text("checks: {apis: [{name: a, url: 'https://a.example'}]}")
    monkeypatch.setenv("DROPMON_RULES", "other.yaml")
    assert dropmon("rules", "check") == 0
    monkeypatch.setenv("DROPMON_RULES", "none.yaml")
    assert dropmon("rules", "check", "--rules", "other.yaml") == 0
    assert dropmon("rules", "check") == 3
    assert "none.yaml: there is no such file (dropmon init writes one)\n" in capsys.readouterr().out


SCREEN = """\
rules.yaml:2:13: defaults.timeout: 10 has no unit: write a number with one, such as 5s
rules.yaml:5:24: unknown key 'urll' in checks.apis[0] (did you mean 'url'?)
rules.yaml:7:43: unknown channel 'slak' (there is no channel at all)
rules.yaml:3:23: unset variable WHERE (export WHERE=…)
rules.yaml: 3 problems, 1 unset variable
"""


def test_every_problem_is_one_line_on_stdout(capsys: Screen) -> None:
    Path("rules.yaml").write_text(
        "defaults:\n  timeout:  10\nstorage: sqlite\n".replace("storage: sqlite", "platform: {contact:   '${WHERE}'}")
        + "checks:\n  apis: [{name: \"a\",   urll: 'https://a'}]\nalerts:\n"
        "  - {id: a, condition: b, severity: low, channels: [slak]}\nmetrics: {b: c}\n"
    )
    assert dropmon("rules", "check") == 3
    out, err = capsys.readouterr()
    assert out.splitlines()[-2:] == SCREEN.splitlines()[-2:]
    assert [line.partition(": ")[2] for line in out.splitlines()] == [
        line.partition(": ")[2] for line in SCREEN.splitlines()
    ]
    assert err == ""


def test_what_does_nothing_yet_is_named_once(capsys: Screen) -> None:
    Path("rules.yaml").write_text(
        "platform: {name: a, language: fr}\nstorage: sqlite\n"
        "history: {retention: 7d, prometheus: 'http://p', headers: {}}\ndefaults: {retries: 2, fail_after: 3}\n"
        "checks:\n  web:\n    - &a {name: a, url: 'http://a', vitals: {load: 3s}, depends_on: [c]}\n"
        "    - {<<: *a, name: b, recover_after: 2}\n  tcp: [{name: c, host: h, port: 1, runbook: r}]\n"
        "databases: {m: {url: x, thresholds: {}, runbook: r}}\noncall:\nalerts: []\nincidents: {minor: {}}\n"
        "sources: {sentry: {organization: o, project: p, token: t}, sql: [{metric: a, query: q, database: m}]}\n"
    )
    assert dropmon("rules", "check") == 0
    assert capsys.readouterr().out.splitlines()[1].partition(": ")[2].split(", ") == [
        "history.prometheus", "history.headers",
        "checks.web[].depends_on",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "entry",
    ["dns: [{name: a, host: h, retries: 1}]", "heartbeats: [{name: a, every: 1d, retries: 1}]"],
)
def test_a_key_that_a_kind_never_uses_is_refused(capsys: Screen, entry: str) -> None:
    Path("rules.yaml").write_text(f"defaults: {{retries: 2}}\nchecks: {{{entry}}}\n")
    assert dropmon("rules", "check") == 3
    assert "unknown key 'retries' in checks." in capsys.readouterr().out


def test_only_unset_variables_are_a_warning(capsys: Screen) -> None:
    assert dropmon("rules", "check", "--rules", str(EXAMPLE)) == 1
    out = capsys.readouterr().out
    assert f"{EXAMPLE}: no problems, 22 unset variables; 10 checks, 18 sections\n" in out


def test_a_program_reads_the_problems_as_json(capsys: Screen) -> None:
    Path("rules.yaml").write_text("platfrom: {}\n")
    assert dropmon("rules", "check", "--format", "json") == 3
    assert json.loads(capsys.readouterr().out) == {
        "problems": [{
            "file": "rules.yaml", "line": 1, "column": 1, "kind": "problem",
            "what": "unknown key 'platfrom'", "hint": "did you mean 'platform'?",
        }]
    }  # fmt: skip


@pytest.mark.slow
def test_the_schema_is_printed_for_editors(capsys: Screen) -> None:
    assert dropmon("rules", "schema") == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


def test_what_is_shown_can_be_loaded_again_and_comes_to_the_same(
    capsys: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    for name in ("SHOPIFY_TOKEN", "STRIPE_KEY", "BIGBUY_KEY", "SUPABASE_KEY", "SUPABASE_ACCESS_TOKEN", "SENTRY_TOKEN",
                 "VERCEL_TOKEN", "UPTIMEROBOT_KEY", "SUPABASE_SERVICE_KEY", "SLACK_WEBHOOK_URL", "TWILIO_ACCOUNT_SID",
                 "DATADOG_KEY", "DATADOG_APPLICATION_KEY", "NEWRELIC_KEY", "GOOGLE_KEY",
                 "TWILIO_AUTH_TOKEN", "SMTP_USER", "SMTP_PASSWORD", "WEBHOOK_SECRET", "GITHUB_TOKEN"):  # fmt: skip
        monkeypatch.setenv(name, f"planted-{name}")
    monkeypatch.setenv("SUPABASE_URL", "https://x.supabase.co")
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:planted-password@h/d")

    assert dropmon("rules", "show", "--rules", str(EXAMPLE)) == 0
    first = capsys.readouterr().out
    Path("again.yaml").write_text(first)
    assert dropmon("rules", "show", "--rules", "again.yaml") == 0

    assert capsys.readouterr().out == first
    assert "planted" not in first.replace("planted-SMTP_USER", "").replace("planted-TWILIO_ACCOUNT_SID", "")
    assert "Authorization: Bearer •••" in first
    assert "url: postgresql://app:•••@h/d" in first
    assert "url: https://x.supabase.co/functions/v1/monitoring" in first


def test_one_section_is_shown_alone(capsys: Screen) -> None:
    Path("rules.yaml").write_text("defaults: {timeout: 90s}\n")
    assert dropmon("rules", "show", "--section", "defaults") == 0
    assert capsys.readouterr().out.splitlines()[:3] == ["defaults:", "  every: 5m", "  timeout: 90s"]
    assert dropmon("rules", "show", "--section", "defalts") == 3
    assert capsys.readouterr().err == "dropmon: there is no section 'defalts'\n  → did you mean 'defaults'?\n"


def test_a_check_that_lacks_a_variable_is_left_out_and_named(capsys: Screen) -> None:
    Path("rules.yaml").write_text("checks: {tcp: [{name: a, host: '${H}', port: 1}, {name: b, host: h, port: 1}]}\n")
    assert dropmon("rules", "show", "--section", "checks") == 0
    out, err = capsys.readouterr()
    assert "name: b" in out
    assert "name: a" not in out
    assert err == "left out: tcp a: rules.yaml:1:32: unset variable H (export H=…)\n"


@pytest.mark.parametrize("words", [["init"], ["rules", "check"], ["rules", "schema"], ["rules", "show"]], ids=" ".join)
def test_the_help_ends_with_an_example_that_works(words: list[str], capsys: Screen) -> None:
    assert dropmon(*words, "--help") == 0
    example = capsys.readouterr().out.partition("Example: dropmon ")[2].splitlines()[0]
    if words != ["init"]:
        assert dropmon("init") == 0
    assert dropmon(*example.partition(" > ")[0].split()) == 0
