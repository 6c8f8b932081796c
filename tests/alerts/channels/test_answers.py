"""What the answers of services mean, asked of a real server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dropmon.alerts.channel import Channel
from dropmon.alerts.delivery import Delivery, Verdict
from tests.alerts.channels.examples import AT, ENGLISH, FIRST, channel
from tests.alerts.channels.receiver import Receiver, Reply, Seen, free_port, receiving


def at(kind: str, url: str, **more: Any) -> Channel:
    """A channel of a kind whose service is at an address."""
    where: dict[str, dict[str, Any]] = {
        "slack": {"webhook": url}, "twilio": {"api": url}, "supabase-function": {"url": url},
        "webhook": {"url": url}, "pagerduty": {"url": url}, "alertmanager": {"url": [url]}, "teams": {"webhook": url},
        "discord": {"webhook": url}, "ntfy": {"url": url}, "telegram": {"url": url},
    }  # fmt: skip
    return channel(kind, **{**where[kind], "timeout": "1s", **more})


HTTP = ("slack", "twilio", "supabase-function", "webhook", "pagerduty", "alertmanager", "teams", "discord", "ntfy",
        "telegram")  # fmt: skip


def tell(receiver: Receiver, kind: str, **more: Any) -> Delivery:
    """What became of a notification."""
    one = at(kind, receiver.url, **more)
    return one.send(one.letters(FIRST, ENGLISH)[0], AT)


def wrong(code: int) -> bytes:
    return json.dumps({"code": code, "message": "no"}).encode()


@pytest.mark.slow
@pytest.mark.parametrize("kind", HTTP)
@pytest.mark.parametrize(
    ("reply", "verdict", "after"),
    [
        (Reply(200), Verdict.DELIVERED, 0),
        (Reply(202), Verdict.DELIVERED, 0),
        (Reply(204, b""), Verdict.DELIVERED, 0),
        (Reply(301, headers=(("Location", "http://127.0.0.1:1/"),)), Verdict.REFUSED, 0),
        (Reply(400), Verdict.REFUSED, 0),
        (Reply(401), Verdict.REFUSED, 0),
        (Reply(404), Verdict.REFUSED, 0),
        (Reply(408), Verdict.RETRY, 0),
        (Reply(410), Verdict.REFUSED, 0),
        (Reply(429), Verdict.RETRY, 0),
        (Reply(429, headers=(("Retry-After", "7"),)), Verdict.RETRY, 7),
        (Reply(429, headers=(("Retry-After", "Mon, 23 Nov 2026 09:52:00 GMT"),)), Verdict.RETRY, 60),
        (Reply(429, headers=(("Retry-After", "9999999"),)), Verdict.RETRY, 21600),
        (Reply(429, headers=(("Retry-After", "-5"),)), Verdict.RETRY, 0),
        (Reply(429, headers=(("Retry-After", "soon"),)), Verdict.RETRY, 0),
        (Reply(500), Verdict.RETRY, 0),
        (Reply(503, headers=(("Retry-After", "7"),)), Verdict.RETRY, 7),
        (Reply(after=1.4), Verdict.UNKNOWN, 0),
        (Reply(reset=True), Verdict.UNKNOWN, 0),
    ],
)
def test_every_channel_knows_what_an_answer_means(kind: str, reply: Reply, verdict: Verdict, after: float) -> None:
    with receiving(reply) as receiver:
        found = tell(receiver, kind)
    if kind == "twilio" and reply.status >= 500:
        verdict, after = Verdict.UNKNOWN, 0  # it may have been made before that
    assert (found.verdict, found.after) == (verdict, after)
    assert len(receiver.seen) == 1
    assert "planted" not in found.why


@pytest.mark.parametrize(
    ("kind", "more", "reply", "verdict", "why"),
    [
        ("slack", {}, Reply(404, b"no_service"), Verdict.REFUSED, "404 Not Found: no_service"),
        ("slack", {}, Reply(500, b"rollup_error"), Verdict.RETRY, "rollup_error"),
        ("twilio", {}, Reply(201, b'{"status": "queued"}'), Verdict.DELIVERED, ""),
        ("twilio", {}, Reply(201, b'{"status": "failed", "error_message": "x"}'), Verdict.REFUSED, "failed: x"),
        ("twilio", {}, Reply(400, wrong(21211)), Verdict.REFUSED, "no (21211)"),
        ("twilio", {}, Reply(400, wrong(21730)), Verdict.RETRY, "no (21730)"),
        ("twilio", {}, Reply(429, wrong(20429)), Verdict.RETRY, "no (20429)"),
        ("twilio", {}, Reply(401, b"[1]"), Verdict.REFUSED, "[1]"),
        ("supabase-function", {}, Reply(200, headers=(("x-relay-error", "true"),)), Verdict.RETRY, "not reached"),
        ("supabase-function", {}, Reply(503, b"BOOT_ERROR"), Verdict.RETRY, "BOOT_ERROR"),
        ("discord", {}, Reply(429, b'{"retry_after": 1.5}'), Verdict.RETRY, "429"),
        ("telegram", {}, Reply(429, b'{"parameters": {"retry_after": 9}, "description": "x"}'), Verdict.RETRY, ": x"),
        ("telegram", {}, Reply(403, b'{"description": "bot was blocked"}'), Verdict.REFUSED, "bot was blocked"),
    ],
)
def test_services_have_words_of_their_own(
    kind: str, more: dict[str, Any], reply: Reply, verdict: Verdict, why: str
) -> None:
    with receiving(reply) as receiver:
        found = tell(receiver, kind, **more)
    assert found.verdict is verdict
    assert why in found.why


@pytest.mark.parametrize(
    ("body", "verdict", "why"),
    [
        ({"ok": True}, Verdict.DELIVERED, ""),
        ({"ok": False, "error": "ratelimited"}, Verdict.RETRY, "ratelimited"),
        ({"ok": False, "error": "channel_not_found"}, Verdict.REFUSED, "channel_not_found"),
        ([], Verdict.REFUSED, "no answer of Slack's"),
    ],
)
def test_a_method_of_slack_that_failed_says_so_with_200(body: object, verdict: Verdict, why: str) -> None:
    with receiving(Reply(200, json.dumps(body).encode())) as receiver:
        found = tell(receiver, "slack", webhook=None, token="planted-bot", channel="#ops", api=receiver.url)
    assert (found.verdict, found.why) == (verdict, why)
    assert receiver.seen[0].path == "/chat.postMessage"
    assert receiver.seen[0].headers["authorization"] == "Bearer planted-bot"


@pytest.mark.parametrize("kind", HTTP)
def test_what_never_went_out_has_not_arrived(kind: str) -> None:
    with receiving() as receiver:
        for place in (
            f"http://127.0.0.1:{free_port()}",
            "http://nobody.invalid",
            receiver.url.replace("http", "https"),
        ):
            one = at(kind, place)
            assert one.send(one.letters(FIRST, ENGLISH)[0], AT).verdict is Verdict.RETRY, place
    assert receiver.seen == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", HTTP)
@pytest.mark.parametrize("reply", [Reply(reset=True), Reply(after=1.5)], ids=["reset", "hang"])
def test_what_went_out_and_was_not_answered_may_have_arrived(kind: str, reply: Reply) -> None:
    with receiving(reply) as receiver:
        assert tell(receiver, kind).verdict is Verdict.UNKNOWN


def test_a_megabyte_of_complaint_is_a_line() -> None:
    with receiving(Reply(500, b"\x1b[31m<!channel>" * 60_000)) as receiver:
        found = tell(receiver, "slack")
    assert len(found.why) < 400
    assert "\x1b" not in found.why


@pytest.mark.parametrize(
    ("found", "there"),
    [
        ([], False),
        ([{"body": "x #465109", "status": "sent"}], True),
        ([{"body": "x #465109", "status": "failed"}], False),
        ([{"body": "x #000000", "status": "sent"}], False),
        ([None, 3, {"body": None}], False),
        (None, None),
    ],
)
def test_an_sms_is_looked_for_by_its_mark(found: object, there: bool | None) -> None:
    def answer(seen: Seen, _: int) -> Reply:
        assert (seen.method, seen.path.partition("?")[0]) == ("GET", "/2010-04-01/Accounts/AC0/Messages.json")
        assert "DateSent%3E=2026-11-23" in seen.path
        return Reply(200, json.dumps({"messages": found}).encode())

    with receiving(answer) as receiver:
        one = at("twilio", receiver.url)
        assert one.arrived(one.letters(FIRST, ENGLISH)[0], AT) is there


@pytest.mark.slow
@pytest.mark.parametrize("reply", [Reply(500), Reply(401), Reply(after=1.4), Reply(200, b"[]"), Reply(200, b"<")])
def test_who_cannot_be_asked_for_an_sms_leaves_it_open(reply: Reply) -> None:
    with receiving(reply) as receiver:
        one = at("twilio", receiver.url)
        assert one.arrived(one.letters(FIRST, ENGLISH)[0], AT) is None


def test_a_signature_is_that_of_the_standard() -> None:
    """By the reference implementation's own way: an HMAC over id, time and body."""
    import base64
    import hashlib
    import hmac

    with receiving() as receiver:
        tell(receiver, "webhook", headers={"X-Team": "shop"})
    (seen,) = receiver.seen
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = f"{seen.headers['webhook-id']}.{seen.headers['webhook-timestamp']}.".encode() + seen.body
    good = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert seen.headers["webhook-signature"] == f"v1,{good}"
    assert (seen.headers["webhook-timestamp"], seen.headers["x-team"]) == (str(int(AT)), "shop")
