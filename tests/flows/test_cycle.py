"""`dropmon cycle` in processes of its own, against a site and a receiver on loopback."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

import pytest

from dropmon.demo.platform import Platform
from dropmon.flows.turn import turn
from dropmon.rules import load
from dropmon.sources.source import Clock, Given, Reading, Server, Source, Told
from dropmon.storage import open_store
from tests.alerts.channels.receiver import Reply
from tests.flows.conftest import Shop, until

SOURCES = "sources: {sql: [{metric: users, query: select 1}]}\n"


@pytest.mark.slow
def test_when_all_is_well_cron_has_nothing_to_mail(shop: Shop) -> None:
    loud, quiet = shop.run("cycle"), shop.run("cycle", "--quiet")

    assert (loud.returncode, quiet.returncode, quiet.stdout, quiet.stderr) == (0, 0, "", "")
    assert "✔ OK  all 2 healthy" in loud.stdout
    assert "✔ OK  alerts: nothing fires" in loud.stdout
    assert shop.hook.seen == []


@pytest.mark.slow
def test_what_is_down_is_told_in_the_same_run_once_and_so_is_its_end(shop: Shop) -> None:
    shop.replies["/shop"] = Reply(500)
    first, second = shop.run("cycle", "--quiet"), shop.run("cycle")
    shop.replies.clear()
    third = shop.run("cycle")

    assert (first.returncode, second.returncode, third.returncode) == (2, 2, 0)
    assert "1 down, 1 healthy of 2" in first.stdout
    assert "tells hook: first, 1 alert: it is down" in first.stdout
    assert "tells hook" not in second.stdout
    assert "tells hook: resolved" in third.stdout
    assert len(shop.hook.seen) == 2


@pytest.mark.slow
def test_two_at_once_do_the_work_of_one_and_the_second_says_how_long_the_first_has_been_at_it(shop: Shop) -> None:
    shop.replies["/shop"] = Reply(after=3)
    first = shop.start("cycle")
    until(lambda: shop.asked("/shop"))
    time.sleep(1.1)
    second = shop.run("cycle")

    assert second.returncode == 3
    assert f"dropmon cycle (process {first.pid}) has been running for " in second.stderr
    assert f"kill {first.pid}" in second.stderr
    assert first.wait(20) == 0
    assert shop.asked("/shop") == 1
    assert shop.run("cycle").returncode == 0  # the lock is free again


@pytest.mark.slow
def test_a_lock_ends_with_the_process_that_was_killed(shop: Shop) -> None:
    shop.replies["/shop"] = Reply(after=4)
    first = shop.start("cycle")
    until(lambda: shop.asked("/shop"))
    first.kill()
    first.wait()
    shop.replies.clear()

    assert shop.run("cycle").returncode == 0


@pytest.mark.slow
def test_a_history_that_is_none_stops_no_check_and_no_alert(shop: Shop) -> None:
    (shop.folder / "history.db").write_text("a letter to my aunt, and no database at all\n" * 100)
    shop.replies["/shop"] = Reply(500)
    done = shop.run("cycle")

    assert done.returncode == 2
    assert "1 down, 1 healthy of 2" in done.stdout
    assert "nothing of this is remembered" in done.stderr
    assert [each.json["type"] for each in shop.hook.seen] != []


@pytest.mark.slow
def test_a_history_that_can_be_read_and_not_written_stops_no_alert(shop: Shop) -> None:
    shop.run("cycle")
    with sqlite3.connect(shop.folder / "history.db") as database:
        tables = [name for (name,) in database.execute("select name from sqlite_schema where type = 'table'")]
        for table in tables:
            if not table.startswith("sqlite"):
                database.execute(
                    f"create trigger full_{table} before insert on {table} begin select raise(abort, 'full'); end"
                )
    shop.replies["/shop"] = Reply(500)
    done = shop.run("cycle")

    assert done.returncode == 2
    assert "1 down, 1 healthy of 2" in done.stdout
    assert "nothing of this is remembered" in done.stderr
    assert len(shop.hook.seen) == 1


@pytest.mark.slow
@pytest.mark.parametrize("wrong", ["alerts: [{id: x}]", "channels: {hook: {type: pigeon}}", "sources: {sql: 3}"])
def test_a_mistake_in_one_section_stops_no_check(shop: Shop, wrong: str) -> None:
    key = wrong.partition(":")[0]
    text = (shop.folder / "rules.yaml").read_text()
    kept = text[: text.index(f"\n{key}:") + 1] if f"\n{key}:" in text else text
    (shop.folder / "rules.yaml").write_text(f"{kept}{wrong}\n")
    done = shop.run("cycle", "--quiet")

    assert done.returncode != 0
    assert "rules.yaml:" in done.stderr
    assert shop.asked("/shop") == 1


@pytest.mark.slow
def test_a_channel_that_cannot_be_used_is_said_while_nothing_burns(shop: Shop) -> None:
    text = (shop.folder / "rules.yaml").read_text()
    (shop.folder / "rules.yaml").write_text(text.replace(f"{shop.hook.url}/", "${HOOK_URL}"))
    done = shop.run("cycle", "--quiet")

    assert done.returncode == 1
    assert "the channel hook cannot be used" in done.stderr
    assert "HOOK_URL" in done.stderr


ONCALL = """
oncall: {start: 2026-01-05, people: {ann: {name: Ann, phone: "+33600000001"}}, rotation: [{primary: ann}]}
slos: [{name: availability, target: 99%, good: good_total, total: all_total, channels: [budget]}]
incidents:
  critical: {from: [critical], acknowledge: 5m, escalate: 5m, escalation: [backup, everyone, ann], notify: [oncall]}
  minor: {notify: [team], ticket: true}
report: {weekly: {at: Monday 09:00, channel: mail, to: boss@example.com}}
channels:
  hook: {type: webhook, url: "http://127.0.0.1:1/"}
  sms: {type: sms, account: AC1, token: "${NO_TOKEN}", from: Shop, to: "+33600000009"}
  team: {type: webhook, url: "${NO_TEAM}"}
  budget: {type: webhook, url: "${NO_BUDGET}"}
  tracker: {type: github, repository: a/b, token: "${NO_TRACKER}"}
  mail: {type: smtp, host: "${NO_HOST}", from: o@example.com, to: o@example.com}
  spare: {type: webhook, url: "${NO_SPARE}"}
"""


@pytest.mark.slow
def test_whatever_incidents_promises_and_reports_are_told_through_is_said_when_it_cannot_be_used(shop: Shop) -> None:
    text = (shop.folder / "rules.yaml").read_text()
    (shop.folder / "rules.yaml").write_text(text[: text.index("channels:\n")] + ONCALL)
    done = shop.run("cycle", "--quiet")

    named = re.findall(r"the channel (\S+) cannot be used", done.stderr)
    people = ["oncall", "oncall.ann", "oncall.backup", "oncall.everyone"]
    assert sorted(named) == sorted([*people, "team", "budget", "tracker", "mail"])
    assert done.returncode != 0


@pytest.mark.slow
def test_a_mistake_in_what_incidents_ask_hides_no_channel_that_cannot_be_used(shop: Shop) -> None:
    shop.write(more="incidents: {critical: {acknowledge: soon}}\n")
    text = (shop.folder / "rules.yaml").read_text()
    (shop.folder / "rules.yaml").write_text(text.replace(f"{shop.hook.url}/", "${HOOK_URL}"))
    done = shop.run("cycle", "--quiet")

    assert "the channel hook cannot be used" in done.stderr
    assert done.stderr.count("soon") == 1


@pytest.mark.slow
def test_a_source_that_tells_nothing_is_no_all_clear_and_stops_no_alert(shop: Shop) -> None:
    shop.write(more=SOURCES)
    shop.replies["/shop"] = Reply(500)
    done = shop.run("cycle")

    assert "? UNKNOWN  sources: no number from users" in done.stdout
    assert "  users: there is no database 'main' → add it under `databases:`" in done.stdout
    assert len(shop.hook.seen) == 1


@pytest.mark.slow
def test_sources_that_are_not_due_are_no_unknown_and_cron_has_nothing_to_mail(shop: Shop) -> None:
    path = shop.write(more=f"sources: {{json: [{{metric: stock, url: '{shop.site.url}/stock', path: n}}]}}\n")
    shop.replies["/stock"] = Reply(body=b'{"n": 3}')
    first, second, quiet = shop.run("cycle"), shop.run("cycle"), shop.run("cycle", "--quiet")

    assert [each.returncode for each in (first, second, quiet)] == [0, 0, 0]
    assert "✔ OK  sources: 1 told its numbers" in first.stdout
    assert "✔ OK  sources: none of them is due yet" in second.stdout
    assert (quiet.stdout, quiet.stderr) == ("", "")
    path.write_text(re.sub(r"(?s)checks:.*?(?=sources:)", "", path.read_text()))
    assert shop.run("cycle", "--quiet").returncode == 0  # with sources alone, too


@pytest.mark.slow
def test_a_source_that_tells_a_part_says_what_is_missing_and_why(shop: Shop) -> None:
    path = "items[].{shop: name, value: n}"
    shop.write(more=f"sources: {{json: [{{metric: stock, url: '{shop.site.url}/stock', path: '{path}'}}]}}\n")
    shop.replies["/stock"] = Reply(body=b'{"items": [{"name": "a", "n": 3}, {"name": "b", "n": "many"}]}')
    done = shop.run("cycle")

    assert "? UNKNOWN  sources: not every number from stock" in done.stdout
    assert "  stock: 'many' is not a number" in done.stdout


class Queue(Source):
    """A source that always tells the same."""

    @classmethod
    def told(cls, lane: Sequence[Self], servers: Mapping[str, Server], clock: Clock) -> Iterator[Iterable[Told]]:
        yield from ([Reading("queued", value=9.0)] for _ in lane)

    def known_as(self) -> str:
        return "queue"


def test_a_number_that_could_not_be_kept_is_judged_all_the_same(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dropmon.sources.run.registry", lambda: {"queue": Queue})
    rules = shop.write()
    rules.write_text(rules.read_text().replace("probe_success == 0", "queued > 5"))
    place = str(shop.folder / "history.db")
    with open_store(place) as store:
        store._database.execute(  # type: ignore[attr-defined]
            "create trigger full before insert on samples begin select raise(abort, 'the disk is full'); end"
        )
    done = turn(load(rules), place, None, lambda: [Given("queue", "queue", Queue())], 10, time.time)

    assert "the disk is full" in str([each.what for each in done.problems])
    assert done.judged
    assert [each.rule for each in done.judged.step.states.values() if each.shown.value == "firing"] == ["down"]
    until(lambda: len(shop.hook.seen) == 1)


@pytest.mark.slow
def test_nothing_outlives_the_deadline_and_the_alert_is_told_within_it(shop: Shop) -> None:
    shop.write()
    shop.replies.update({"/shop": Reply(500), "/blog": Reply(after=30)})
    began = time.monotonic()
    done = shop.run("cycle", "--deadline", "3s")

    assert time.monotonic() - began < 3 + 3  # and the time to start
    assert done.returncode == 2
    assert "2 down of 2" in done.stdout
    assert len(shop.hook.seen) == 1


@pytest.mark.slow
def test_a_receiver_that_does_not_answer_is_said_and_tried_again_by_the_next_run(shop: Shop) -> None:
    shop.replies["/shop"], shop.told = Reply(500), Reply(503)
    first = shop.run("cycle", "--quiet")
    with sqlite3.connect(shop.folder / "history.db") as database:
        waiting = [json.dumps(row) for row in database.execute("select state from outbox")]

    assert first.returncode == 2
    assert "hook: waiting" in first.stdout
    assert waiting == ['["waiting"]']


@pytest.mark.slow
def test_the_demo_in_one_cycle(tmp_path: Path, shop: Shop) -> None:
    with Platform(tmp_path / "demo", database=False) as demo:
        demo.suffer("stripe", "auth")
        done = shop.run("cycle", "--rules", str(demo.rules))

    assert done.returncode == 2
    assert "✖ CRITICAL  1 auth failed" in done.stdout
