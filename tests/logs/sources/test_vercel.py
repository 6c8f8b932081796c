"""Vercel: the stream of the deployment in production, each row once, and following it to the next deployment."""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress
from itertools import islice
from typing import Any

import pytest

from dropmon.errors import DropmonError
from dropmon.logs.query import Query
from dropmon.logs.sources.kinds.vercel import DISORDER, SLACK
from dropmon.logs.sources.kinds.vercel import Vercel as Source
from dropmon.logs.sources.source import OVERLAP
from dropmon.logs.window import Window
from tests.checks.servers import serving as listening
from tests.logs.sources.service import Asked, Reply, Service, reply, serving

NOW = 1795415700.0
HOUR = Window(NOW - 3600, NOW)


def clock() -> float:
    return NOW


def row(id: str, seconds: float, **more: object) -> dict[str, object]:
    return {"rowId": id, "timestampInMs": int((NOW - seconds) * 1000), "level": "info", "message": "x",
            "source": "serverless", "responseStatusCode": 200, **more}  # fmt: skip


def deployment(uid: str, created: int, **more: object) -> dict[str, object]:
    return {"uid": uid, "created": created, "projectId": "prj_1", "readySubstate": "PROMOTED", **more}


class Vercel(Service):
    """Its deployments, and the rows of each one's stream."""

    def __init__(self, streams: dict[str, list[Any]]) -> None:
        super().__init__()
        self.streams = streams
        self.deployments = [deployment(uid, place) for place, uid in enumerate(streams)]

    def respond(self, asked: Asked) -> Reply:
        if asked.headers.get("Authorization") != "Bearer t0ken":
            return reply({"error": {"code": "forbidden", "message": "Not authorized"}}, 403)
        if asked.path == "/v6/deployments":
            assert (asked.query["target"], asked.query["state"]) == ("production", "READY")
            return reply({"deployments": self.deployments, "pagination": {"next": None}})
        lines = self.streams[asked.path.removeprefix("/v1/projects/prj_1/deployments/").removesuffix("/runtime-logs")]
        body = b"".join((each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n" for each in lines)
        return Reply(200, body, (("Content-Type", "application/stream+json"),))


def source(url: str, **given: Any) -> Source:
    return Source.model_validate({"project": "prj_1", "token": "t0ken", "api": url, "timeout": "5s", **given})


def ids(lines: Any) -> list[str]:
    return [json.loads(line)["rowId"] for line in lines]


def test_the_newest_deployment_that_served_production_is_asked() -> None:
    with serving(Vercel({"dpl_old": [row("a", 9)], "dpl_new": [row("b", 8)], "dpl_staged": []})) as service:
        service.deployments[2]["readySubstate"] = "STAGED"
        assert ids(source(service.url, team="acme").rows(HOUR, Query(), clock)) == ["b"]
        assert service.seen[0].query["slug"] == "acme"
        assert ids(source(service.url, deployment="dpl_old", team="team_1").rows(HOUR, Query(), clock)) == ["a"]
        assert service.seen[-1].query == {"teamId": "team_1"}


def test_a_line_is_the_row_as_it_came_each_once_in_order_within_the_window() -> None:
    rows = [
        row("b", 8),
        row("a", 9),
        row("b", 8, told="once more"),
        {"source": "delimiter"},
        b"",
        row("old", 7200),
        row("c", 7, extra=1.50),
    ]
    with serving(Vercel({"dpl_1": rows})) as service:
        lines = list(source(service.url).rows(HOUR, Query(), clock))
    assert ids(lines) == ["a", "b", "c"]
    assert json.loads(lines[2]) == row("c", 7, extra=1.5)


def test_following_tells_each_row_once_and_goes_on_where_the_stream_ended() -> None:
    with serving(Vercel({"dpl_1": [row("a", 9), row("b", 8)]})) as service:
        told = source(service.url).follow(NOW - 60, Query(), clock, 0.01)
        assert ids(islice(told, 2)) == ["a", "b"]
        assert next(told) is None
        service.streams["dpl_1"] += [row("c", -600), row("d", -601)]
        assert ids(filter(None, islice(told, 2))) == ["c", "d"]
        service.streams["dpl_1"].append(row("e", -602))
        assert ids(islice(filter(None, told), 1)) == ["e"]


def test_a_stream_that_never_ends_ends_with_silence() -> None:
    """And whoever listened hangs up, so that nothing reads on."""
    hung_up: list[bool] = []

    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/stream+json\r\n\r\n")
        connection.sendall(json.dumps(row("a", 9)).encode() + b"\n")
        connection.settimeout(8)
        with suppress(ConnectionError):
            assert connection.recv(1) == b""
        hung_up.append(True)

    with listening(behave) as server:
        began = time.monotonic()
        found = source(server.url()[:-1], deployment="dpl_1", quiet="300ms").rows(HOUR, Query(), clock)
        assert ids(found) == ["a"]
        assert time.monotonic() - began < 3
        told = source(server.url()[:-1], deployment="dpl_1").follow(NOW - 60, Query(), clock, 0.1)
        assert ids(islice(told, 1)) == ["a"]
        assert next(told) is None
        told.close()
        end = time.monotonic() + 5
        while len(hung_up) < 2:
            assert time.monotonic() < end
            time.sleep(0.02)


def test_a_project_may_be_given_by_its_name() -> None:
    with serving(Vercel({"dpl_1": [row("a", 9)]})) as service:
        assert ids(source(service.url, project="shop").rows(HOUR, Query(), clock)) == ["a"]


def test_rows_that_come_nearly_in_order_are_told_in_order_however_many_they_are() -> None:
    rows = [row(f"{place ^ 1:04}", 3000 - (place ^ 1)) for place in range(2 * DISORDER)]
    with serving(Vercel({"dpl_1": rows})) as service:
        assert ids(source(service.url).rows(HOUR, Query(), clock)) == [f"{place:04}" for place in range(2 * DISORDER)]


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/stream+json\r\n"


def bytes_of(*rows: dict[str, object]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in rows)


def test_a_stream_that_is_never_silent_ends_behind_the_end_of_the_window() -> None:
    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(HEAD + b"\r\n" + bytes_of(row("a", 9), row("new", -SLACK / 2), row("late", 8)))
        for number in range(400):  # for 8 s
            connection.sendall(bytes_of(row(f"more {number}", -SLACK - number)))
            time.sleep(0.02)

    with listening(behave) as server:
        began = time.monotonic()
        found = source(server.url()[:-1], deployment="dpl_1", quiet="2s").rows(HOUR, Query(), clock)
        assert ids(found) == ["a", "late"]
        assert time.monotonic() - began < 4


def test_a_window_that_is_long_past_is_read_on_as_far_as_rows_may_be_late() -> None:
    rows = [row("a", 3000), row("after", 2000 - OVERLAP), row("late", 2001), row("end", 1900), row("lost", 2001)]
    with serving(Vercel({"dpl_1": rows})) as service:
        found = source(service.url).rows(Window(NOW - 3600, NOW - 2000), Query(), clock)
        assert ids(found) == ["a", "late"]


def test_following_survives_a_connection_that_breaks_and_says_so() -> None:
    rows = [row("a", 9), row("b", 8), row("c", 7)]

    def behave(connection: socket.socket, request: bytes) -> None:
        lines = bytes_of(*rows[: len(server.seen)])
        promised = b"Content-Length: %d\r\n\r\n" % (len(lines) + 1)
        connection.sendall(HEAD + promised + lines)  # and the end comes too soon

    said: list[str] = []
    with listening(behave) as server:
        told = source(server.url()[:-1], deployment="dpl_1").follow(NOW - 60, Query(), clock, 0.1, said.append)
        assert ids(islice(filter(None, told), 3)) == ["a", "b", "c"]
        told.close()
    assert [each.rpartition("; ")[2] for each in said] == ["asking again in 0.2 s"] * 2


def test_following_ends_when_what_comes_cannot_be_read() -> None:
    with serving(Vercel({"dpl_1": [b"<html>"]})) as service, pytest.raises(DropmonError, match="cannot be read: a row"):
        list(islice(source(service.url).follow(NOW - 60, Query(), clock, 0.01), 9))


@pytest.mark.parametrize(
    ("answers", "what"),
    [
        (
            [reply({"error": {"code": "forbidden", "message": "Not authorized"}}, 403)],
            "may not read these logs (403): Not",
        ),
        ([reply({"deployments": []})], "no deployment of prj_1 is in production"),
        ([reply({"deployments": [{}]})], "sent what cannot be read: the deployments"),
        ([reply([])], "sent what cannot be read: the deployments"),
        ([reply({"deployments": [deployment("d", 1)]}), Reply(410)], "has removed this log API (410)"),
        ([reply({"deployments": [deployment("d", 1)]}), Reply(200, b"<html>\n")], "cannot be read: a row"),
        ([reply({"deployments": [deployment("d", 1)]}), Reply(200, b'{"rowId":"a"}')], "a row without time"),
    ],
)
def test_a_refusal_is_a_sentence(answers: list[Reply], what: str) -> None:
    with serving(Vercel({})) as service:
        service.script = answers
        with pytest.raises(DropmonError) as caught:
            list(source(service.url).rows(HOUR, Query(), clock))
    assert what in caught.value.what
    assert "t0ken" not in caught.value.what


def test_following_goes_to_the_next_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dropmon.logs.sources.kinds.vercel.LOOK", 0.0)
    said: list[str] = []
    with serving(Vercel({"dpl_1": [row("a", 9), row("b", 8)], "dpl_2": [row("c", 1)]})) as service:
        newer = service.deployments.pop()
        told = source(service.url).follow(NOW - 60, Query(), clock, 0.01, said.append)
        assert ids(islice(told, 1)) == ["a"]
        service.deployments.append(newer)
        assert ids(islice(filter(None, told), 1)) == ["c"]
    assert said == ["another deployment is in production: following that one"]
