"""Redirects are followed within the one deadline, never to another scheme, and never with our credentials elsewhere."""

from __future__ import annotations

import socket

import pytest

from dropmon.model import Verdict
from tests.checks.conftest import Look
from tests.checks.servers import answer, serving


def test_a_loop_ends_and_says_where(look: Look) -> None:
    with serving(answer(b"", "302 Found", ("Location: /again",))) as server:
        outcome = look("apis", url=server.url())

    assert outcome.verdict is Verdict.DOWN
    assert "HTTP 302: redirects to" in outcome.error
    assert len(server.seen) == 6  # the first, and five redirects


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://127.0.0.1:1/", "ftp://127.0.0.1:1/", "scp://x/y"])
def test_only_http_and_https_are_followed(look: Look, location: str) -> None:
    with serving(answer(b"", "302 Found", (f"Location: {location}",))) as server:
        outcome = look("apis", url=server.url())

    assert outcome.verdict is Verdict.DOWN
    assert "redirect" in outcome.error
    assert "root:" not in outcome.error


def test_a_redirect_without_a_location_is_down(look: Look) -> None:
    with serving(answer(b"", "302 Found")) as server:
        assert "no Location" in look("apis", url=server.url()).error


def test_credentials_do_not_follow_to_another_host_but_do_stay_on_their_own(look: Look) -> None:
    keys = {
        "headers": {"X-Shopify-Access-Token": "tok_planted", "Authorization": "Bearer planted", "Cookie": "s=planted"},
        "login": {"username": "u", "password": "planted"},
    }
    with serving(answer(b"ok")) as other, serving(answer(b"", "302 Found", (f"Location: {other.url()}",))) as server:
        assert look("apis", url=server.url(), **keys).verdict is Verdict.HEALTHY
    assert b"planted" in server.seen[0]
    assert b"planted" not in other.seen[0]
    assert b"uthorization" not in other.seen[0]

    def hop(connection: socket.socket, request: bytes) -> None:
        done = request.startswith(b"GET /next ")
        (answer(b"ok") if done else answer(b"", "302 Found", ("Location: /next",)))(connection, request)

    with serving(hop) as server:
        assert look("apis", url=server.url(), **keys).verdict is Verdict.HEALTHY
    assert b"tok_planted" in server.seen[1]


@pytest.mark.parametrize(("status", "method"), [("303 See Other", b"GET"), ("307 Temporary Redirect", b"POST")])
def test_the_method_changes_as_http_says(look: Look, status: str, method: bytes) -> None:
    def hop(connection: socket.socket, request: bytes) -> None:
        done = b" /next " in request
        (answer(b"ok") if done else answer(b"", status, ("Location: /next",)))(connection, request)

    with serving(hop) as server:
        look("apis", url=server.url(), method="POST", body="{}")

    assert server.seen[1].startswith(method)


def test_a_body_is_not_sent_to_another_host(look: Look) -> None:
    with serving(answer(b"ok")) as other:
        back = answer(b"", "307 Temporary Redirect", (f"Location: {other.url()}",))
        with serving(back) as server:
            outcome = look("apis", url=server.url(), method="POST", body="secret")

    assert outcome.verdict is Verdict.DOWN
    assert other.seen == []


@pytest.mark.slow
def test_the_time_of_every_hop_counts_against_one_deadline(look: Look) -> None:
    import time

    def hop(connection: socket.socket, request: bytes) -> None:
        time.sleep(0.4)
        answer(b"", "302 Found", ("Location: /again",))(connection, request)

    with serving(hop) as server:
        outcome = look("apis", url=server.url(), timeout="1s", redirects=20)

    assert outcome.duration == pytest.approx(1.0, abs=0.15)
    assert "no answer in 1 s" in outcome.error


def test_zero_redirects_judges_the_redirect_itself(look: Look) -> None:
    with serving(answer(b"", "301 Moved Permanently", ("Location: https://elsewhere.example/",))) as server:
        outcome = look("apis", url=server.url(), redirects=0, expect={"status": 301})

    assert (outcome.verdict, outcome.status_code) == (Verdict.HEALTHY, 301)
