"""Services that would keep us waiting, or that answer nonsense."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import trustme

from dropmon import secrets
from dropmon.errors import TransportError
from dropmon.transport import Answer, Request, TooLargeError, exchange, get_json, listen
from tests.checks.servers import Behaviour, answer, raw, serving

OK = b"HTTP/1.1 200 OK\r\n"


def dripping(head: bytes, drop: bytes) -> Behaviour:
    """A server that never ends, and never lets a read wait for long."""

    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(drop)
            time.sleep(0.05)

    return behave


def looping(connection: socket.socket, request: bytes) -> None:
    time.sleep(0.15)
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@pytest.mark.slow
@pytest.mark.parametrize(
    "behave",
    [dripping(OK, b"x-a: 1\r\n"), dripping(OK + b"Content-Length: 100000\r\n\r\n", b" "), looping],
    ids=["headers", "body", "redirects"],
)
def test_the_time_is_for_everything(behave: Behaviour) -> None:
    began = time.monotonic()
    with serving(behave) as server, pytest.raises(TransportError, match=r"no whole answer in 0\.4 s"):
        get_json(server.url(), 0.4)
    assert time.monotonic() - began < 2
    assert until(lambda: not [each for each in threading.enumerate() if each.name == "dropmon-transport"])


def until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 5
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def test_an_answer_is_its_json() -> None:
    with serving(answer(b'{"status": {"indicator": "none"}}')) as server:
        assert get_json(server.url(), 2) == {"status": {"indicator": "none"}}


@pytest.mark.parametrize(
    ("behave", "said"),
    [
        (answer(b"[" * 200_000), "recursion"),
        (answer(b"<html>"), "Expecting value"),
        (answer(b"\xff\xfe\xfd"), "codec"),
        (answer(b"no", "503 Service Unavailable"), "503"),
        (answer(b" " * (9 << 20)), "larger than 8 MiB"),
        (raw(b"nonsense\r\n\r\n"), "illegal"),
        (raw(OK + b"Content-Length: 9\r\n\r\n{"), "closed"),
    ],
)
def test_nonsense_is_one_sentence(behave: Behaviour, said: str) -> None:
    with serving(behave) as server, pytest.raises(TransportError) as caught:
        get_json(server.url(), 5)
    assert said in caught.value.what
    assert "\n" not in caught.value.what


def test_an_address_that_is_none_says_so_and_keeps_its_secret() -> None:
    secrets.remember("s3cr3t-key")
    with pytest.raises(TransportError) as caught:
        get_json("http://127.0.0.1:1/s3cr3t-key", 2)
    assert "s3cr3t-key" not in caught.value.what
    with pytest.raises(TransportError):
        get_json("http://[", 2)


def test_what_is_posted_goes_once_and_no_further() -> None:
    with serving(answer(b"", "302 Found", ("Location: /again",))) as server:
        said = exchange(Request(server.url("/hook?a=1"), (("b", "2 3"),), (("X-Own", "é"),), "POST", b"{}"), 2)
        assert (said.status, said.ok, said.said) == (302, False, "302 Found")
        (request,) = server.seen
    assert request.startswith(b"POST /hook?a=1&b=2+3 HTTP/1.1")
    assert "X-Own: é".encode() in request


def test_a_refusal_is_an_answer_with_its_headers() -> None:
    with serving(answer(b"slowly", "429 Too Many Requests", ("Retry-After: 7",))) as server:
        said = exchange(Request(server.url()), 2)
    assert (said.status, said.body, said.retry(0)) == (429, b"slowly", 7.0)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (200, {}, None),
        (404, {"retry-after": "7"}, None),
        (500, {}, 0.0),
        (429, {"retry-after": "soon"}, 0.0),
        (429, {"retry-after": "-5"}, 0.0),
        (429, {"retry-after": "nan"}, 0.0),
        (429, {"retry-after": "Mon, 23 Nov 2026 06:34:00 GMT"}, 0.0),
        (429, {"x-ratelimit-reset": "12"}, 12.0),
        (503, {"x-ratelimit-reset": "12"}, 0.0),
    ],
)
def test_asking_again_waits_as_long_as_it_is_told(status: int, headers: dict[str, str], seconds: float | None) -> None:
    assert Answer(status, headers, b"").retry(1795415690.0) == seconds


def test_too_large_an_answer_says_so_by_its_kind() -> None:
    with serving(answer(b"x" * 2000)) as server, pytest.raises(TooLargeError):
        exchange(Request(server.url()), 2, largest=1000)


@pytest.mark.slow
def test_a_stream_tells_its_lines_as_they_come() -> None:
    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(OK + b"\r\none\ntw")
        time.sleep(0.5)
        connection.sendall(b"o\n\nend")

    with serving(behave) as server:
        assert list(listen(Request(server.url()), 2, 0.3)) == [b"one", None, b"two", b"", b"end"]


@pytest.mark.parametrize(
    ("behave", "said"),
    [
        (answer(b"no", "403 Forbidden"), "403 Forbidden"),
        (raw(OK + b"Content-Length: 9\r\n\r\n{"), "closed"),
        (lambda connection, request: time.sleep(1), "no answer in 0.3 s"),
        (dripping(OK + b"\r\n", b"x" * (1 << 20)), "a line is larger than 8 MiB"),
    ],
)
def test_a_stream_that_fails_is_one_sentence(behave: Behaviour, said: str) -> None:
    with serving(behave) as server, pytest.raises(TransportError) as caught:
        list(listen(Request(server.url()), 0.3, 0.1))
    assert said in caught.value.what


def test_who_is_not_trusted_is_not_trusted_the_next_time_either_whoever_asks() -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)

    def refusal(url: str) -> str:
        with pytest.raises(TransportError) as caught:
            exchange(Request(url), 5)
        return caught.value.what

    with serving(answer(), tls) as server, ThreadPoolExecutor(8) as threads:
        said = [*threads.map(refusal, [server.url()] * 16), refusal(server.url())]
    assert len(said) == 17
    assert all("CERTIFICATE_VERIFY_FAILED" in each for each in said), said


def test_authorities_are_read_once_a_process() -> None:
    with serving(answer()) as server:
        exchange(Request(server.url()), 5)
        began = time.process_time()
        for _ in range(10):
            exchange(Request(server.url()), 5)
    assert time.process_time() - began < 10 * 0.025  # reading them takes 0.03 to 0.05 s
