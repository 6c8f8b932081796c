"""Tickets at GitHub and GitLab: opened once, commented on, closed; whatever is lost on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dropmon.alerts.channel import Given
from dropmon.alerts.channels import kinds
from dropmon.alerts.delivery import Verdict
from dropmon.alerts.dispatch import dispatch, straight
from dropmon.alerts.notification import Alert, Notification, Phase, Reason, Severity
from dropmon.alerts.packing import packed
from dropmon.storage.outbox import Row, SqliteOutbox
from tests.alerts.channels.examples import AT, ENGLISH
from tests.alerts.channels.receiver import Receiver, Reply, Seen, receiving

OPEN = Alert(
    "incident-12", "Incident 12: x", Severity.MEDIUM, Phase.FIRING, since=AT, commands=("dropmon incident ack 12",)
)
FIRST = Notification("incident-12-ticket-t", "t", Reason.FIRST, (OPEN,), AT, "Shop")
AGAIN = FIRST._replace(id="incident-12-close-t", reason=Reason.REPEAT)
OVER = FIRST._replace(
    id="incident-12-resolved.0-t", reason=Reason.RESOLVED, alerts=(OPEN._replace(phase=Phase.RESOLVED),)
)


class Tracker:
    """What a tracker keeps, with the ways of GitHub and of GitLab."""

    def __init__(self) -> None:
        self.tickets: list[dict[str, Any]] = []
        self.lose = 0  # so many answers are lost, after the work is done

    def answer(self, seen: Seen, _: int) -> Reply:
        path, query = urlsplit(seen.path).path, parse_qs(urlsplit(seen.path).query)
        found = re.fullmatch(r"/(?:repos/a/b|api/v4/projects/a%2Fb)/issues(?:/(\d+))?(/comments|/notes)?", path)
        assert found, path
        assert (
            seen.headers.get("authorization") == "Bearer secret-token"
            or seen.headers["private-token"] == "secret-token"
        )
        done = self.work(seen.method, found[1], found[2], json.loads(seen.body) if seen.body else {}, query)
        if seen.method != "GET" and self.lose:
            self.lose -= 1
            return Reply(reset=True)
        return Reply(200 if seen.method == "GET" else 201, json.dumps(done).encode())

    def work(self, method: str, number: str | None, notes: str | None, body: dict[str, Any], query: Any) -> Any:
        if number is None and method == "POST":
            text = body.get("body") or body["description"]
            one = {"number": len(self.tickets) + 1, "iid": len(self.tickets) + 1, "title": body["title"], "body": text,
                   "description": text, "state": "open", "comments": []}  # fmt: skip
            self.tickets.append(one)
            return self.shown(one)
        if number is None:
            return [self.shown(one) for one in reversed(self.tickets) if query.get("search", [""])[0] in one["body"]]
        one = self.tickets[int(number) - 1]
        if notes and method == "POST":
            one["comments"].append(body["body"])
        elif notes:
            return [{"body": text} for text in one["comments"]]
        else:
            one["state"] = "closed"
        return {}

    def shown(self, one: dict[str, Any]) -> dict[str, Any]:
        state = "opened" if one["state"] == "open" and self.gitlab else one["state"]
        return {**one, "state": state}

    gitlab = False


@contextmanager
def tracked(kind: str) -> Iterator[tuple[Tracker, Given, Receiver]]:
    tracker = Tracker()
    tracker.gitlab = kind == "gitlab"
    with receiving(tracker.answer) as receiver:
        own = (
            {"repository": "a/b", "api": receiver.url} if kind == "github" else {"project": "a/b", "url": receiver.url}
        )
        entry = {"type": kind, "token": "secret-token", "timeout": "5s", **own}
        yield tracker, Given("t", kinds()[kind].model_validate(entry)), receiver


def sent(outbox: SqliteOutbox, given: Given, notification: Notification, minutes: float = 0.0) -> None:
    outbox.put([Row(notification.id, "t", packed(notification), AT)], AT)
    for minute in (0.0, 3.0, 30.0):
        now = AT + 60 * (minutes + minute)
        dispatch(outbox, {"t": given}, ENGLISH, partial(float, now))


@pytest.mark.parametrize("kind", ["github", "gitlab"])
@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_ticket_is_opened_once_said_once_and_closed_whatever_is_lost(kind: str, lost: int, tmp_path: Any) -> None:
    with tracked(kind) as (tracker, given, _), SqliteOutbox(tmp_path / "x.db", 5) as outbox:
        for number, notification in enumerate((FIRST, AGAIN, OVER)):
            tracker.lose = lost
            sent(outbox, given, notification, 60.0 * number)
        (ticket,) = tracker.tickets
        assert ticket["title"] == "[MEDIUM] Incident 12: x"
        assert "`dropmon-incident-12`" in ticket["body"]
        assert "dropmon incident ack 12" in ticket["body"]
        assert [("close" in text, "resolved" in text) for text in ticket["comments"]] == [(True, False), (False, True)]
        assert ticket["state"] == "closed"
        assert {row.state for row in outbox.rows()} == {"sent"}


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_the_end_of_what_was_never_opened_opens_nothing(kind: str) -> None:
    with tracked(kind) as (tracker, given, _):
        assert given.channel
        assert straight(given.channel, OVER, ENGLISH, lambda: AT).ok
        assert tracker.tickets == []


def test_another_number_that_begins_the_same_is_another_ticket() -> None:
    with tracked("github") as (tracker, given, _):
        assert given.channel
        longer = FIRST._replace(id="incident-123-ticket-t", alerts=(OPEN._replace(rule="incident-123"),))
        straight(given.channel, longer, ENGLISH, lambda: AT)
        straight(given.channel, OVER, ENGLISH, lambda: AT)
        assert [each["state"] for each in tracker.tickets] == ["open"]


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (Reply(403, b"{}", (("Retry-After", "60"),)), Verdict.RETRY),
        (Reply(403, b"{}", (("X-RateLimit-Remaining", "0"),)), Verdict.RETRY),
        (Reply(403, b"{}"), Verdict.REFUSED),
        (Reply(404, b"{}"), Verdict.REFUSED),
        (Reply(410, b"{}"), Verdict.REFUSED),
        (Reply(429, b"{}"), Verdict.RETRY),
        (Reply(503, b""), Verdict.RETRY),
        (Reply(reset=True), Verdict.UNKNOWN),
    ],
)
def test_what_github_answers(reply: Reply, verdict: Verdict) -> None:
    with receiving(reply) as receiver:
        entry = {"type": "github", "repository": "a/b", "token": "secret-token", "api": receiver.url, "timeout": "5s"}
        channel = kinds()["github"].model_validate(entry)
        assert channel.send(channel.letters(FIRST, ENGLISH)[0], AT).verdict is verdict


@pytest.mark.parametrize("body", [b"", b"{}", b"[1, null]", b"[" * 100_000, b"\xff", b'[{"body": null}]'])
def test_a_tracker_that_talks_nonsense_is_not_believed(body: bytes) -> None:
    with receiving(Reply(200, body)) as receiver:
        entry = {"type": "github", "repository": "a/b", "token": "secret-token", "api": receiver.url, "timeout": "5s"}
        channel = kinds()["github"].model_validate(entry)
        assert channel.arrived(channel.letters(FIRST, ENGLISH)[0], AT) in {None, False}
        assert channel.send(channel.letters(AGAIN, ENGLISH)[0], AT).verdict in {Verdict.UNKNOWN, Verdict.DELIVERED}
