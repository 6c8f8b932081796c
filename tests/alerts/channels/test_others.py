"""Channels beside what they are made for: a real Alertmanager, the real Apprise, the verifier of Standard Webhooks."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dropmon.alerts.delivery import Verdict
from dropmon.alerts.notification import Notification
from tests.alerts.channels.alertmanagers import alerts, running
from tests.alerts.channels.examples import AT, ENGLISH, ERRORS, FIRST, OVER, SLOW, channel
from tests.alerts.channels.receiver import Reply, free_port, receiving
from tests.alerts.channels.test_hostile import HOSTILE, notification
from tests.requirements import need


@pytest.mark.slow
def test_an_alertmanager_opens_and_closes_an_alert(tmp_path: Path) -> None:
    now = time.time()

    def at_last(one: Notification) -> Notification:
        since = tuple(a._replace(since=now - 60, ended=now if a.ended else None) for a in one.alerts)
        return one._replace(at=now, alerts=since)

    with running(need("prometheus-alertmanager"), tmp_path) as url:
        one = channel("alertmanager", url=[url])

        def tell(what: Notification) -> None:
            (letter,) = one.letters(at_last(what), ENGLISH)
            found = one.send(letter, now)
            assert found.ok, found

        for _ in range(2):  # a repeat changes nothing
            tell(FIRST._replace(alerts=(ERRORS, SLOW)))
        assert sorted(each["labels"]["alertname"] for each in alerts(url)) == ["high_error_rate", "slow_response"]
        tell(FIRST._replace(alerts=(OVER,)))
        assert [each["labels"]["alertname"] for each in alerts(url)] == ["slow_response"]


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_an_alertmanager_takes_whatever_stands_in_labels(tmp_path: Path, name: str) -> None:
    with running(need("prometheus-alertmanager"), tmp_path) as url:
        one = channel("alertmanager", url=[url])
        what = notification(HOSTILE[name])._replace(at=time.time())
        assert one.send(one.letters(what, ENGLISH)[0], AT).ok


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reply", "verdict"), [(Reply(), Verdict.DELIVERED), (Reply(500), Verdict.RETRY), (Reply(after=3), Verdict.UNKNOWN)]
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what Apprise imports
def test_apprise_delivers_or_says_that_it_could_not(reply: Reply, verdict: Verdict) -> None:
    pytest.importorskip("apprise")
    with receiving(reply) as receiver:
        one = channel("apprise", url=f"json://127.0.0.1:{receiver.port}/x", timeout="2s")
        assert one.send(one.letters(FIRST, ENGLISH)[0], AT).verdict is verdict
    assert receiver.seen[0].json["title"] == "[CRITICAL] Taux d'erreur élevé"


@pytest.mark.parametrize("url", ["nonsense", "nobody://x"])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what Apprise imports
def test_apprise_refuses_an_address_that_it_does_not_know(url: str) -> None:
    pytest.importorskip("apprise")
    one = channel("apprise", url=url)
    found = one.send(one.letters(FIRST, ENGLISH)[0], AT)
    assert (found.verdict, found.why) == (Verdict.REFUSED, "Apprise does not know this URL")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what Apprise imports
def test_apprise_is_not_told_that_nobody_listens() -> None:
    pytest.importorskip("apprise")
    one = channel("apprise", url=f"json://127.0.0.1:{free_port()}/x")
    assert one.send(one.letters(FIRST, ENGLISH)[0], AT).verdict is Verdict.RETRY


def test_the_reference_verifies_a_webhook() -> None:
    webhooks = pytest.importorskip("standardwebhooks")
    with receiving() as receiver:
        one = channel("webhook", url=receiver.url)
        assert one.send(one.letters(FIRST, ENGLISH)[0], time.time()).ok
    (seen,) = receiver.seen
    verifier = webhooks.Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert verifier.verify(seen.body, seen.headers)["data"]["id"] == "msg_first"
