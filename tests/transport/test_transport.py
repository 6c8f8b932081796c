"""Services that would keep us waiting, or that answer nonsense."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest

from dropmon import secrets
from dropmon.errors import TransportError
from dropmon.transport import get_json
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
