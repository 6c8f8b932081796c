"""Servers that answer wrongly, slowly, endlessly or not at all: each has its verdict and its sentence."""

from __future__ import annotations

import gzip
import socket
import time
import zlib

import pytest
from pydantic import ValidationError

from dropmon.model import Verdict
from tests.checks.conftest import Look
from tests.checks.servers import Behaviour, answer, raw, serving


def drip(connection: socket.socket, request: bytes) -> None:
    """A byte every 50 ms: no socket timeout ever fires."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(200):
        connection.sendall(b"x")
        time.sleep(0.05)


def silent(connection: socket.socket, request: bytes) -> None:
    time.sleep(5)


def endless(connection: socket.socket, request: bytes) -> None:
    """A gigabyte."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
    block = bytes(1 << 20)
    for _ in range(1024):
        connection.sendall(block)


def bomb() -> bytes:
    """One mebibyte of gzip that becomes a gibibyte."""
    squeeze = zlib.compressobj(9, wbits=31)
    first, again = (squeeze.compress(bytes(1 << 20)) + squeeze.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * 1023  # its end, which nobody is to reach, is missing


OK = b"HTTP/1.1 200 OK\r\n"
WRONG: dict[str, tuple[Behaviour, str]] = {
    "closes at once": (raw(), "closed before the answer was whole"),
    "closes mid-body": (raw(OK + b"Content-Length: 100\r\n\r\nhalf"), "closed before the answer was whole"),
    "closes mid-chunk": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"), "closed before the answer was whole"),
    "closes mid-header": (raw(b"HTTP/1.1 200 OK\r\nContent-Le"), "closed before|not valid HTTP"),
    "wrong chunk size": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "closed before|not valid HTTP"),
    "no HTTP at all": (raw(b"220 mail.example.com ESMTP\r\n"), "not valid HTTP"),
    "a header of NUL": (raw(OK + b"X-\0: a\r\nContent-Length: 0\r\n\r\n"), "not valid HTTP"),
    "not gzip": (answer(b"plain", headers=("Content-Encoding: gzip",)), "not valid HTTP"),
    "slow drip": (drip, "no answer in 2 s: the answer did not end"),
    "silence": (silent, "no answer in 2 s: connected, but no first byte"),
}
SLOW = pytest.mark.slow


@pytest.mark.slow
@pytest.mark.parametrize(
    ("behave", "sentence"),
    [pytest.param(*case, id=name, marks=SLOW if name == "slow drip" else ()) for name, case in WRONG.items()],
)
def test_a_wrong_answer_is_down_and_says_why(look: Look, behave: Behaviour, sentence: str) -> None:
    with serving(behave) as server:
        outcome = look("apis", url=server.url())

    assert outcome.verdict is Verdict.DOWN
    assert pytest.approx(2, abs=0.5) == outcome.duration or (outcome.duration or 0) < 1
    assert any(part in outcome.error for part in sentence.split("|")), outcome.error
    assert outcome.hint


@pytest.mark.parametrize("behave", [endless, answer(bomb(), headers=("Content-Encoding: gzip",))], ids=["1 GB", "bomb"])
def test_no_more_than_max_body_is_read_however_much_comes(look: Look, behave: Behaviour) -> None:
    with serving(behave) as server:
        healthy = look("apis", url=server.url(), max_body="64KiB")
        unsure = look("apis", url=server.url(), max_body="64KiB", expect={"contains": "needle"})

    assert healthy.verdict is Verdict.HEALTHY
    assert (healthy.duration or 9) < 1.5
    assert unsure.verdict is Verdict.UNKNOWN
    assert "larger than max_body" in unsure.error


def test_a_body_that_is_not_utf8_is_read_all_the_same(look: Look) -> None:
    with serving(answer(b"caf\xe9 \xff\xfe ok")) as server:
        assert look("apis", url=server.url(), expect={"contains": "ok"}).verdict is Verdict.HEALTHY


def test_gzip_is_judged_by_what_it_holds(look: Look) -> None:
    body = gzip.compress(b'{"shop": {"id": 1}}')
    with serving(answer(body, headers=("Content-Encoding: gzip",))) as server:
        assert look("apis", url=server.url(), expect={"json": {"shop.id": 1}}).verdict is Verdict.HEALTHY


def test_nobody_listening_is_down_at_once(look: Look) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        outcome = look("apis", url=f"http://127.0.0.1:{port}/")

    assert (outcome.verdict, outcome.phases.ttfb) == (Verdict.DOWN, None)
    assert outcome.error.startswith("no connection")


def test_what_cannot_be_sent_is_unknown_and_says_why(look: Look) -> None:
    outcome = look("apis", url="http://127.0.0.1:1/", headers={"X-A": "one\ntwo: three"})

    assert outcome.verdict is Verdict.UNKNOWN
    assert "line break" in outcome.error


@pytest.mark.parametrize(
    "url", ["nonsense", "http://127.0.0.1:99999/", "ftp://127.0.0.1/", "file:///etc/passwd", "http://"]
)
def test_what_is_no_url_is_refused_before_anything_is_sent(look: Look, url: str) -> None:
    with pytest.raises(ValidationError):
        look("apis", url=url)


def test_an_informational_answer_first_changes_nothing(look: Look) -> None:
    first = b"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n"
    with serving(raw(first, OK + b"X-Late: 2\r\nContent-Length: 2\r\n\r\nok")) as server:
        outcome = look("apis", url=server.url(), expect={"headers": {"X-Late": "2"}})

    assert (outcome.verdict, outcome.status_code) == (Verdict.HEALTHY, 200)
