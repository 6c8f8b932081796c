"""Every row of the project's log API once and in order, no application error lost, and every refusal in plain words."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest

from dropmon.errors import DropmonError
from dropmon.logs import formats
from dropmon.logs.level import Level
from dropmon.logs.query import Query
from dropmon.logs.sources.kinds.supabase import Supabase as Source
from dropmon.logs.window import Window
from tests.logs.sources.service import Reply, reply, serving
from tests.logs.sources.supabase import FUNCTION, HOUR, NOW, REF, TOKEN, Supabase, at, clock, ids, row, source


def test_a_line_is_the_row_as_it_came_and_the_names_of_its_service_and_function() -> None:
    told = row("a", at(10), 'two\nlines "quoted" é\n')
    with serving(Supabase([told, row("b", at(5), "x") | {"log_attributes": {}}])) as service:
        one, two = source(service).rows(HOUR, Query(), clock)
    assert json.loads(one) == {"service": "functions", "function": "monitoring", **told}
    assert json.loads(two)["log_attributes"] == {}
    assert b"\n" not in one
    assert "function" not in json.loads(two)


def test_without_the_right_to_list_functions_the_rows_come_as_they_are() -> None:
    said: list[str] = []
    with serving(Supabase([row("a", at(10), "x")])) as service:
        service.functions = None
        (line,) = source(service).rows(HOUR, Query(), clock, said.append)
    assert json.loads(line) == {"service": "functions", **row("a", at(10), "x")}
    assert "names of the functions" in said[0]


def test_pages_meet_also_in_the_middle_of_a_moment() -> None:
    rows = [row(f"{number:05}", at(100 - number // 1500), "x") for number in range(2500)]
    with serving(Supabase(rows)) as service:
        assert ids(source(service).rows(HOUR, Query(), clock)) == [each["id"] for each in rows]
        assert len(service.questions) == 3


def test_a_month_is_asked_in_pieces_that_the_api_accepts() -> None:
    rows = [row(f"{number:03}", at(30 * 86400 - number * 10800), "x") for number in range(240)]
    with serving(Supabase(rows)) as service:
        assert ids(source(service).rows(Window(NOW - 30 * 86400, NOW), Query(), clock)) == [r["id"] for r in rows]
        assert len(service.questions) == 31


@pytest.mark.parametrize("offset", [0, 0.001, 29.9, 59.999])
def test_the_edges_are_exact(offset: float) -> None:
    since, until = NOW - 120 + offset, NOW - 60 + offset
    times = [round(since * 1000) - 1, round(since * 1000), round(until * 1000) - 1, round(until * 1000)]
    with serving(Supabase([row(str(place), time, "x") for place, time in enumerate(times)])) as service:
        assert ids(source(service).rows(Window(since, until), Query(), clock)) == ["1", "2"]


def test_an_error_of_the_application_is_asked_for_whatever_the_console_says() -> None:
    rows = [
        row("json", at(9), '{"type":"error","function":"monitoring","error":"x"}', "log"),
        row("number", at(8), '{"level":50,"msg":"x"}', "info"),
        row("escaped", at(7), '{"l\\u0065vel":"\\u0065rror"}', "info"),
        row("text", at(6), "[Error] retry", "warn"),
        row("console", at(5), "x", "error"),
        row("exception", at(4), "Uncaught TypeScript\n  at x", "log"),
        row("fine", at(3), "booted (time: 31ms)", "info"),
    ]
    with serving(Supabase(rows)) as service:
        found = ids(source(service).rows(HOUR, Query(least=Level.ERROR), clock))
        everything = ids(source(service).rows(HOUR, Query(least=Level.INFO), clock))
    assert found == ["json", "number", "escaped", "text", "console", "exception"]
    assert len(everything) == len(rows)


def test_only_the_services_of_the_rules_are_asked() -> None:
    rows = [row("a", at(9), "x"), row("b", at(8), "x", source="edge_logs")]
    with serving(Supabase(rows)) as service:
        assert ids(source(service, services="edge").rows(HOUR, Query(), clock)) == ["b"]
        assert service.listed == 0  # their rows are of no function
        assert ids(source(service, services="functions").rows(HOUR, Query(), clock)) == ["a"]
        assert service.listed == 1


def test_a_service_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is no service of Supabase"):
        Source.model_validate({"project": REF, "token": TOKEN, "services": "edge,auth"})


def test_the_column_is_found_by_its_other_name_and_may_be_set() -> None:
    with serving(Supabase([row("a", at(9), "x")], "source_name")) as service:
        assert ids(source(service).rows(HOUR, Query(), clock)) == ["a"]
        assert ids(source(service, column="source_name").rows(HOUR, Query(), clock)) == ["a"]
        assert len(service.questions) == 3


@pytest.mark.slow
def test_too_many_requests_wait_as_long_as_they_are_told() -> None:
    said: list[str] = []
    with serving(Supabase([row("a", at(9), "x")])) as service:
        service.script = [Reply(429, b"{}", (("Retry-After", "0.2"),)), Reply(503)]
        assert ids(source(service).rows(HOUR, Query(), clock, said.append)) == ["a"]
    assert [each.partition("; ")[2] for each in said] == ["asking again in 1 s", "asking again in 2 s"]


def test_a_page_that_is_too_large_is_asked_for_in_smaller_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dropmon.logs.sources.asking.LARGEST", 1 << 20)
    rows = [row(f"{number:04}", at(1000 - number), "x" * 2000) for number in range(900)]
    with serving(Supabase(rows)) as service:
        assert ids(source(service).rows(HOUR, Query(), clock)) == [each["id"] for each in rows]


def test_a_row_that_is_larger_than_any_answer_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dropmon.logs.sources.asking.LARGEST", 1000)
    with serving(Supabase([row("a", at(9), "x" * 2000)])) as service, pytest.raises(DropmonError, match="larger than"):
        list(source(service).rows(HOUR, Query(), clock))


def test_a_platform_that_gives_the_same_page_for_ever_is_a_failure() -> None:
    page = reply({"result": [row(f"{number:04}", at(9), "x") for number in range(1000)]})
    with serving(Supabase([])) as service:
        service.script = [page] * 9
        with pytest.raises(DropmonError, match="the same page again"):
            list(source(service).rows(HOUR, Query(), clock))


def test_too_many_requests_wait_long_enough_for_the_minute_when_nobody_says_how_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("dropmon.logs.sources.asking.time.sleep", waited.append)
    with serving(Supabase([row("a", at(9), "x")])) as service:
        service.script = [Reply(429)]
        assert ids(source(service).rows(HOUR, Query(), clock)) == ["a"]
    assert 15 in waited  # the server sleeps too


def test_a_row_of_no_known_service_is_told_as_it_came() -> None:
    told = row("a", at(9), "x", source="") | {"log_attributes": {}}
    with serving(Supabase([told])) as service:
        (line,) = source(service).rows(HOUR, Query(), clock)
    assert json.loads(line) == told


WRONG = reply({"result": [], "error": {"code": 400, "message": "Unknown column foo"}})


@pytest.mark.parametrize(
    ("answer", "what", "hint"),
    [
        (reply({"message": "Unauthorized"}, 401), "does not accept the token (401): Unauthorized", "account/tokens"),
        (reply({"message": "x"}, 402), "wants to be paid", "billing"),
        (reply({"message": "x"}, 403), "may not read the logs", "analytics_logs_read"),
        (reply({"message": "x"}, 404), "no such project", "address"),
        (reply({"message": "Gone"}, 410), "has removed this log API (410): Gone", "upgrade dropmon"),
        (Reply(429, b"", (("Retry-After", "3600"),)), "too many requests", "wait"),
        (Reply(503, b"<html>", (("Retry-After", "3600"),)), "answers 503 Service Unavailable", "status.supabase.com"),
        (WRONG, "could not run the query: Unknown column foo", "report it"),
        (reply({"result": [], "error": "timed out"}), "could not run the query: timed out", "shorter"),
        (reply({"result": [], "error": "no\n" + "x" * 999}), "could not run the query: no", "report it"),
        (Reply(200, b"<html>"), "sent what cannot be read", "upgrade"),
        (reply({"message": "x"}), "an answer without rows", "upgrade"),
        (reply({"result": [{"id": "a"}]}), 'a row: Object missing required field `ts_ms`: {"id": "a"}', "upgrade"),
        (reply({"result": [7]}), "a row: Expected `object`, got `int`: 7", "upgrade"),
        (reply([]), "cannot be read", "upgrade"),
        (Reply(200, b'{"result":' + b"[" * 100_000), "cannot be read", "upgrade"),
    ],
)
def test_a_refusal_is_a_sentence_and_says_what_to_do(answer: Reply, what: str, hint: str) -> None:
    with serving(Supabase([])) as service:
        service.script = [answer]
        with pytest.raises(DropmonError) as caught:
            list(source(service).rows(HOUR, Query(), clock))
    assert what in caught.value.what
    assert hint in caught.value.hint
    assert "\n" not in caught.value.what
    assert len(caught.value.what) < 300


def test_rows_before_an_unreadable_one_are_told() -> None:
    rows = [row(f"{number:04}", at(2000 - number), "x") for number in range(1001)]
    with serving(Supabase(rows)) as service:
        told = source(service).rows(HOUR, Query(), clock)
        assert len(list(islice(told, 1000))) == 1000
        service.script = [reply({"result": [{"id": 7}]})]
        with pytest.raises(DropmonError, match="a row"):
            next(told)


def test_the_token_is_never_told() -> None:
    with serving(Supabase([])) as service:
        service.script = [reply({"message": f"the token {TOKEN} is no good"}, 401)]
        with pytest.raises(DropmonError) as caught:
            list(source(service).rows(HOUR, Query(), clock))
        assert TOKEN not in caught.value.what
        assert TOKEN not in repr(source(service))


def test_a_function_is_asked_for_by_its_id_too() -> None:
    with serving(Supabase([])) as service:
        list(source(service).rows(HOUR, Query(functions=("monitoring",)), clock))
    (sql,) = service.questions
    assert f"log_attributes['function_id'] in ('{FUNCTION}')" in sql
    assert "position(event_message, 'monitoring') > 0" in sql


@pytest.mark.parametrize("value", ["it's", "a b", "é", "\\", "' or 1=1 --"])
def test_a_value_that_could_be_written_otherwise_is_left_to_us(value: str) -> None:
    with serving(Supabase([])) as service:
        list(source(service).rows(HOUR, Query(requests=(value,), functions=(value,), users=(value,)), clock))
    assert "position" not in service.questions[0]


def test_the_rows_that_the_cli_shows_give_the_errors_that_it_loses() -> None:
    """The sample is what `supabase logs --output-format json` printed; its `--level error` printed two of the rows."""
    sample = Path(__file__).parent.parent / "samples" / "supabase-cli-3.1.0-functions-all.json.out"
    rows = [{key: each[key] for key in row("", 0, "")} for each in json.loads(sample.read_text())]
    want = Query(least=Level.ERROR)
    with serving(Supabase(rows)) as service:
        lines = list(source(service).rows(Window(NOW - 86400, NOW + 86400), want, clock))
    found = [entry for line in lines for entry in formats.entries(line) if want.passes(entry)]
    lost = [entry for entry in found if json.loads(entry.raw)["level"] not in {"error", "fatal"}]
    assert lost
    assert len(found) > len(lost)
    assert {entry.function for entry in found} & {"monitoring"}
