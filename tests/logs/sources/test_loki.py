"""Loki: each line once and in order across streams and pages, and no error lost that only a label names."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from dropmon.errors import DropmonError
from dropmon.logs import formats
from dropmon.logs.level import Level
from dropmon.logs.query import Query
from dropmon.logs.sources.kinds.loki import Loki as Source
from dropmon.logs.window import Window
from tests.logs.sources.service import Asked, Reply, Service, reply, serving

NOW = 1795415700
NANO = 10**9
HOUR = Window(NOW - 3600, NOW)
Line = tuple[int, dict[str, str], str]  # ns, labels, text


def clock() -> float:
    return NOW


class Loki(Service):
    """Holds lines; answers forward, the oldest `limit` of them, whatever their streams."""

    def __init__(self, lines: list[Line]) -> None:
        super().__init__()
        self.lines = lines

    def respond(self, asked: Asked) -> Reply:
        assert asked.path == "/loki/api/v1/query_range"
        assert asked.query["direction"] == "forward"
        if asked.headers.get("X-Scope-OrgID") == "none":
            return Reply(401, b"no org id")
        start, end, limit = (int(asked.query[name]) for name in ("start", "end", "limit"))
        if limit > 5000:
            return Reply(400, b"max entries limit per query exceeded")
        found = [each for each in self.lines if start <= each[0] < end and self.matches(asked.query["query"], each)]
        wanted = sorted(found, key=lambda each: each[0])
        streams: dict[str, Any] = {}
        for ns, labels, text in wanted[:limit]:
            stream = streams.setdefault(json.dumps(labels), {"stream": labels, "values": []})
            stream["values"].append([str(ns), text])
        return reply({"status": "success", "data": {"resultType": "streams", "result": list(streams.values())}})

    @staticmethod
    def matches(query: str, line: Line) -> bool:
        assert query.startswith('{app="shop"}')
        if text := re.search(r" \|~ `([^`]*)`", query):
            return bool(re.search(text[1], line[2]))
        if " | " in query:
            filters = re.findall(r"(\w+)=~`([^`]*)`", query)
            return any(re.fullmatch(text, line[1].get(name, "")) for name, text in filters)
        return True


def source(service: Loki, **given: Any) -> Source:
    return Source.model_validate({"url": service.url, "query": '{app="shop"}', "timeout": "5s", **given})


def texts(service: Loki, want: Query = Query()) -> list[str]:  # noqa: B008 a NamedTuple
    return [json.loads(line)["line"] for line in source(service).rows(HOUR, want, clock)]


def test_a_line_is_what_logcli_writes() -> None:
    with serving(Loki([((NOW - 5) * NANO + 7, {"app": "shop", "level": "error"}, "x\ny")])) as service:
        (line,) = source(service).rows(HOUR, Query(), clock)
    labels = {"app": "shop", "level": "error"}
    assert json.loads(line) == {"labels": labels, "line": "x\ny", "timestamp": "2026-11-23T06:34:55.000000007Z"}
    assert [entry.level for entry in formats.entries(line)] == [Level.ERROR]


def test_pages_meet_also_in_the_middle_of_a_moment_and_streams_are_one() -> None:
    lines = [
        ((NOW - 3000) * NANO + number // 300, {"app": "shop", "pod": str(number % 3)}, str(number))
        for number in range(2500)
    ]
    with serving(Loki(lines)) as service:
        found = texts(service)
    assert len(found) == 2500
    assert sorted(found, key=int) == [str(number) for number in range(2500)]
    assert [int(each) // 300 for each in found] == [number // 300 for number in range(2500)]


def test_a_moment_that_is_larger_than_a_page_is_asked_for_in_a_larger_one() -> None:
    with serving(Loki([((NOW - 9) * NANO, {"app": "shop"}, str(number)) for number in range(4999)])) as service:
        assert len(texts(service)) == 4999


@pytest.mark.slow
def test_a_moment_that_is_larger_than_every_page_is_a_failure_and_no_silence() -> None:
    lines: list[Line] = [((NOW - 9) * NANO, {"app": "shop"}, str(number)) for number in range(5001)]
    with serving(Loki(lines)) as service, pytest.raises(DropmonError, match="same time to the nanosecond"):
        texts(service)


def test_no_question_is_longer_than_a_day() -> None:
    lines: list[Line] = [((NOW - day * 86400 - 9) * NANO, {"app": "shop"}, str(day)) for day in (2, 1, 0)]
    with serving(Loki(lines)) as service:
        found = list(source(service).rows(Window(NOW - 3 * 86400, NOW), Query(), clock))
        spans = [int(each.query["end"]) - int(each.query["start"]) for each in service.seen]
    assert [json.loads(line)["line"] for line in found] == ["2", "1", "0"]
    assert spans == [86400 * NANO] * 3


def test_a_page_that_is_too_large_is_asked_for_in_smaller_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dropmon.logs.sources.asking.LARGEST", 1 << 16)
    lines: list[Line] = [((NOW - 900 + number) * NANO, {"app": "shop"}, f"{number:04}" * 300) for number in range(200)]
    with serving(Loki(lines)) as service:
        assert texts(service) == [line[2] for line in lines]
    same: list[Line] = [((NOW - 9) * NANO, {"app": "shop"}, f"{number:04}" * 300) for number in range(200)]
    with serving(Loki(same)) as service, pytest.raises(DropmonError, match="same time to the nanosecond"):
        texts(service)


def test_labels_of_a_line_are_told_with_those_of_its_stream() -> None:
    stream = {"stream": {"a": "b"}, "values": [[str((NOW - 9) * NANO), "x", {"trace_id": "t1"}]]}
    with serving(Loki([])) as service:
        service.script = [reply({"data": {"resultType": "streams", "result": [stream]}})]
        (line,) = source(service).rows(HOUR, Query(), clock)
    assert json.loads(line)["labels"] == {"a": "b", "trace_id": "t1"}


def test_lines_of_all_queries_are_one_in_time() -> None:
    labels = {"app": "shop", "detected_level": "error"}
    lines: list[Line] = [
        ((NOW - 9) * NANO, labels, "label"),
        ((NOW - 8) * NANO, {"app": "shop"}, "ERROR line"),
        ((NOW - 7) * NANO, labels, "label"),
    ]
    with serving(Loki(lines)) as service:
        assert texts(service, Query(least=Level.ERROR)) == [line[2] for line in lines]


def test_a_level_in_the_line_or_in_a_label_is_found() -> None:
    lines = [
        ((NOW - 9) * NANO, {"app": "shop"}, '{"level":"error","msg":"line"}'),
        ((NOW - 8) * NANO, {"app": "shop", "detected_level": "error"}, "label"),
        ((NOW - 7) * NANO, {"app": "shop", "level": "error"}, "ERROR both"),
        ((NOW - 6) * NANO, {"app": "shop", "severity_number": "17"}, "number"),
        ((NOW - 5) * NANO, {"app": "shop", "level": "info"}, "fine"),
    ]
    with serving(Loki(lines)) as service:
        assert texts(service, Query(least=Level.ERROR)) == [line[2] for line in lines[:4]]
        assert texts(service, Query(only=frozenset({Level.FATAL, Level.ERROR}))) == [line[2] for line in lines[:4]]


def test_a_request_in_the_line_or_in_a_label_is_found() -> None:
    lines = [
        ((NOW - 9) * NANO, {"app": "shop"}, '{"requestId":"r_1"}'),
        ((NOW - 8) * NANO, {"app": "shop", "request_id": "r_1"}, "label"),
        ((NOW - 5) * NANO, {"app": "shop", "request_id": "r_12"}, "fine"),
    ]
    with serving(Loki(lines)) as service:
        assert texts(service, Query(requests=("r_1",))) == [line[2] for line in lines[:2]]


@pytest.mark.parametrize(
    ("given", "header"),
    [
        ({"tenant": "shop"}, ("X-Scope-OrgID", "shop")),
        ({"token": "glc_t0ken"}, ("Authorization", "Bearer glc_t0ken")),
        ({"user": "123", "token": "glc_t0ken"}, ("Authorization", "Basic MTIzOmdsY190MGtlbg==")),
    ],
)
def test_it_logs_in_as_it_is_told(given: dict[str, str], header: tuple[str, str]) -> None:
    with serving(Loki([])) as service:
        assert list(source(service, **given).rows(HOUR, Query(), clock)) == []
        assert service.seen[0].headers[header[0]] == header[1]


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (Reply(401, b"no org id"), "does not accept the login (401): no org id"),
        (Reply(400, b"parse error at line 1"), "could not understand the question (400): parse error at line 1"),
        (Reply(404, b"404 page not found"), "no Loki at this address"),
        (Reply(200, b"<html>"), "cannot be read"),
        (reply({"status": "success", "data": {"resultType": "matrix", "result": []}}), "no lines but a matrix"),
        (reply({"data": {"result": [{"stream": {}, "values": [["x", "y"]]}]}}), "cannot be read"),
        (reply({"data": {"result": [{"stream": {}, "values": [["1", 2]]}]}}), "cannot be read"),
        (reply({"data": {"result": [{"stream": {}, "values": [["1"]]}]}}), "cannot be read"),
    ],
)
def test_a_refusal_is_a_sentence(answer: Reply, what: str) -> None:
    with serving(Loki([])) as service:
        service.script = [answer]
        with pytest.raises(DropmonError) as caught:
            texts(service)
    assert what in caught.value.what
