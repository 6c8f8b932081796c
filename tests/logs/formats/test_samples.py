"""Every sample of a real format is read as the entries that its maker meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from dropmon.logs import formats
from dropmon.logs.level import Level
from tests.logs.formats.cases import SAMPLES, D, E, F, N, U, W, one, read

ID = "6d7d2b0f-2c0e-4b6f-9d2b-0c2f7c1f0a11"  # a function's, where a row names no other

SAID: dict[str, list[tuple[Level, str, str | None, str | None]]] = {
    "app-own-format.jsonl": [
        (E, "payment failed", None, "drop-api"),
        (N, "", "claim-drop", None),
        (E, "TypeError", "claim-drop", None),
    ],
    "aws-lambda-text.log": [
        (E, "payment failed", None, None),
        (U, "START RequestId: 4148955", None, None),
        (U, "REPORT RequestId: 414895", None, None),
    ],
    "cloudwatch-filter-log-events.json": [
        (E, "payment failed", None, None),
    ],
    "cloudwatch-tail-json.txt": [
        (E, "", None, None),
    ],
    "ecs.jsonl": [
        (E, "payment failed", None, "drop-api"),
        (E, "nested form", None, None),
    ],
    "edge-runtime-serve-console.log": [
        (U, "Setting up Edge Function", None, None),
        (U, "Serving functions on htt", None, None),
        (U, "Using supabase-edge-runt", None, None),
        (U, "serving the request with", None, None),
        (N, "ok", None, "drop-api"),
        (E, "payment failed", None, "drop-api"),
        (W, "slow upstream", None, None),
        (D, "cache probe", None, None),
        (W, "wall clock duration warn", None, None),
    ],
    "edge-runtime-serve-docker-timestamps.log": [
        (U, "Serving functions on htt", None, None),
        (U, "serving the request with", None, None),
        (E, "payment failed", None, "drop-api"),
    ],
    "edge-runtime-stack-26875.log": [
        (U, "serving the request with", None, None),
        (E, "runtime has escaped from", None, None),
        (E, "failed to send request t", None, None),
        (E, "user worker failed to re", None, None),
        (E, "InvalidWorkerResponse: e", None, None),
    ],
    "edge-runtime-worker-retired-6675.log": [
        (W, "wall clock duration warn", None, None),
        (E, "user worker failed to re", None, None),
        (E, "WorkerAlreadyRetired: re", None, None),
        (E, "early termination has be", None, None),
    ],
    "logcli-default.txt": [
        (E, "payment failed", None, "drop-api"),
    ],
    "logcli.jsonl": [
        (E, "payment failed", None, "drop-api"),
    ],
    "loki-query_range.json": [
        (E, "payment failed", None, "drop-api"),
    ],
    "mgmt-api-logs.all.removed.json": [
        (E, "payment failed", ID, None),
    ],
    "otlp-logs.json": [
        (E, "payment failed", None, "drop-api"),
        (N, "no error", None, "drop-api"),
    ],
    "supabase-cli-3.1.0-both-warn-error.stream-json.out": [
        (E, "payment failed", ID, "drop-api"),
        (E, "POST | 500 | https://abc", "claim-drop", "function-edge"),
        (E, "POST | 503 | https://abc", "claim-drop", "function-edge"),
        (W, "POST | 401 | https://abc", "claim-drop", "function-edge"),
        (E, "Error: connect ECONNREFU", ID, "functions"),
        (E, "retry 1/3: fetch failed", ID, "functions"),
        (E, "coloured line with\ttab a", ID, "functions"),
    ],
    "supabase-cli-3.1.0-empty.json.out": [],
    "supabase-cli-3.1.0-fail-401.stream-json.out": [
        (U, "The logs API rejected yo", None, None),
    ],
    "supabase-cli-3.1.0-fail-410.stream-json.out": [
        (U, "The logs API returned HT", None, None),
    ],
    "supabase-cli-3.1.0-fail-500.stream-json.out": [
        (U, "The logs API returned HT", None, None),
    ],
    "supabase-cli-3.1.0-fail-badrow.json.out": [
        (U, "The logs API returned an", None, None),
    ],
    "supabase-cli-3.1.0-fail-badrow.stream-json.out": [
        (U, "The logs API returned an", None, None),
    ],
    "supabase-cli-3.1.0-fail-sqlerr.stream-json.out": [
        (U, "The logs API could not r", None, None),
    ],
    "supabase-cli-3.1.0-function-edge-error.json.out": [
        (E, "POST | 500 | https://abc", "claim-drop", "function-edge"),
        (E, "POST | 503 | https://abc", "claim-drop", "function-edge"),
    ],
    "supabase-cli-3.1.0-function-edge-error.stream-json.out": [
        (E, "POST | 500 | https://abc", "claim-drop", "function-edge"),
        (E, "POST | 503 | https://abc", "claim-drop", "function-edge"),
    ],
    "supabase-cli-3.1.0-function-edge-error.text.out": [
        (E, "POST | 500 | https://abc", "claim-drop", "function-edge"),
        (E, "POST | 503 | https://abc", "claim-drop", "function-edge"),
    ],
    "supabase-cli-3.1.0-functions-all.json.out": [
        (N, "booted (time: 31ms)", ID, "functions"),
        (N, "error budget ok", ID, "drop-api"),
        (E, "payment failed", ID, "drop-api"),
        (E, "TypeError: Cannot read p", "claim-drop", "functions"),
        (N, "", "claim-drop", "functions"),
        (E, "Error: connect ECONNREFU", ID, "functions"),
        (E, "retry 1/3: fetch failed", ID, "functions"),
        (E, "coloured line with\ttab a", ID, "functions"),
        (N, "shutdown", ID, "functions"),
    ],
    "supabase-cli-3.1.0-functions-all.stream-json.out": [
        (N, "booted (time: 31ms)", ID, "functions"),
        (N, "error budget ok", ID, "drop-api"),
        (E, "payment failed", ID, "drop-api"),
        (E, "TypeError: Cannot read p", "claim-drop", "functions"),
        (N, "", "claim-drop", "functions"),
        (E, "Error: connect ECONNREFU", ID, "functions"),
        (E, "retry 1/3: fetch failed", ID, "functions"),
        (E, "coloured line with\ttab a", ID, "functions"),
        (N, "shutdown", ID, "functions"),
    ],
    "supabase-cli-3.1.0-functions-all.text.out": [
        (U, "booted (time: 31ms)", None, "functions"),
        (N, "error budget ok", None, "drop-api"),
        (E, "payment failed", None, "drop-api"),
        (E, "TypeError: Cannot read p", "claim-drop", "functions"),
        (N, "", "claim-drop", "functions"),
        (E, "Error: connect ECONNREFU", None, "functions"),
        (E, "retry 1/3: fetch failed", None, "functions"),
        (E, "coloured line with\ttab a", None, "functions"),
        (U, "shutdown", None, "functions"),
    ],
    "supabase-cli-3.1.0-functions-error.json.out": [
        (E, "payment failed", ID, "drop-api"),
        (E, "Error: connect ECONNREFU", ID, "functions"),
        (E, "coloured line with\ttab a", ID, "functions"),
    ],
    "supabase-cli-3.1.0-functions-error.stream-json.out": [
        (E, "payment failed", ID, "drop-api"),
        (E, "Error: connect ECONNREFU", ID, "functions"),
        (E, "coloured line with\ttab a", ID, "functions"),
    ],
    "supabase-cli-3.1.0-functions-error.text.out": [
        (E, "payment failed", None, "drop-api"),
        (E, "Error: connect ECONNREFU", None, "functions"),
        (E, "coloured line with\ttab a", None, "functions"),
    ],
    "supabase-cli-3.1.0-limit2.text.out": [
        (E, "coloured line with\ttab a", None, "functions"),
        (U, "shutdown", None, "functions"),
    ],
    "supabase-cli-3.1.0-sql.stream-json.out": [
        (N, "shutdown", None, None),
        (E, "coloured line with\ttab a", None, None),
        (E, "retry 1/3: fetch failed", None, None),
        (E, "Error: connect ECONNREFU", None, None),
        (N, "", "claim-drop", None),
    ],
    "supabase-cli-3.1.0-sql.text.out": [
        (U, "the CLI's table of rows ", None, None),
        (U, "timestamp:", None, None),
        (U, "event_message:", None, None),
        (U, "level:", None, None),
        (U, "the CLI's table of rows ", None, None),
        (U, "timestamp:", None, None),
        (U, "event_message:", None, None),
        (U, "level:", None, None),
    ],
    "supabase-log-drain-datadog.json": [
        (E, "payment failed", ID, "function_logs"),
    ],
    "supabase-log-drain-http.json": [
        (E, "payment failed", ID, None),
        (N, "ok", ID, None),
    ],
    "supabase-log-drain-loki.json": [
        (E, "payment failed", ID, "function_logs"),
    ],
    "vercel-log-drain.ndjson": [
        (E, "inner", None, None),
        (N, "START RequestId: 4148955", None, None),
        (F, "lambda crashed", None, None),
    ],
    "vercel-logs-json.jsonl": [
        (E, "actual log message", None, None),
        (W, "slow", None, None),
    ],
}


@pytest.mark.parametrize("name", SAID)
def test_a_sample_is_read_as_its_entries(name: str) -> None:
    found = [(each.level, each.message, each.function, each.service) for each in read((SAMPLES / name).read_bytes())]
    assert [(level, message[:24], *rest) for level, message, *rest in found] == SAID[name]


def test_no_sample_is_left_out() -> None:
    assert {path.name for path in SAMPLES.iterdir() if path.suffix != ".md"} == set(SAID)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*fail*")), ids=lambda path: path.name)
def test_the_failure_of_a_command_is_no_error_of_the_application(path: Path) -> None:
    (entry,) = read(path.read_bytes())
    assert "The logs API" in (entry.failure or "")
    assert entry.level == Level.UNKNOWN


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json*")), ids=lambda path: path.name)
def test_every_entry_is_a_piece_of_its_file_unchanged(path: Path) -> None:
    data = path.read_bytes()
    assert all(entry.raw in data for entry in read(data))


def test_a_row_of_the_platform_keeps_what_only_the_platform_knows() -> None:
    entry = read((SAMPLES / "supabase-cli-3.1.0-functions-all.stream-json.out").read_bytes())[2]
    assert entry.id == "00000000-0000-4000-8000-000000000002"
    assert (entry.request, entry.user, entry.context["code"]) == ("r_2", "u_2", "E_CARD")
    assert entry.fields["message"] == "payment failed"
    assert entry.time == 1795415402.0


def test_a_stack_in_a_row_is_its_trace() -> None:
    entry = read((SAMPLES / "supabase-cli-3.1.0-functions-all.text.out").read_bytes())[5]
    assert entry.message == "Error: connect ECONNREFUSED 10.0.0.5:5432"
    assert entry.trace.splitlines()[0] == "    at createConnectionError (node:net:1651:14)"


def test_the_level_of_a_line_is_the_shortcut_s() -> None:
    for path in SAMPLES.iterdir():
        for line in path.read_bytes().split(b"\n"):
            if line.strip() and (level := formats.level(line)) is not None:
                assert level == one(line).level
