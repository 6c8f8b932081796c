"""Mail, once a week, to a real server with moods; whatever cron does, whoever is killed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller

from dropmon.alerts.delivery import Delivery, Verdict
from dropmon.errors import DropmonError, UsageError
from dropmon.flows import mailing, weekly
from dropmon.flows.mailing import Done, Wanted
from dropmon.reports.mail import LARGEST
from dropmon.reports.writer import Writer
from dropmon.storage.reports import Sent
from tests.alerts.channels.receiver import Reply, free_port, receiving
from tests.reports.scene import AT, MONDAY, RULES, WEEK, played, rules

DUE = "2026-11-23T09:00:00+01:00"
BOTH = ["board@example.com", "boss@example.com"]


@dataclass(slots=True)
class Office:
    """What arrived, how the server answers, and the clock."""

    folder: Path
    port: int = 0
    rcpt: str = ""  # what it says to a recipient instead of 250
    data: str = "250 OK"
    dies: str = ""  # 'after' the mail was taken, or 'before'
    kills: list[int] = field(default_factory=list)  # processes that end when a mail is there
    vanishing: list[Path] = field(default_factory=list)  # folders that go when a mail comes
    now: float = AT
    mails: list[tuple[str, bytes]] = field(default_factory=list)

    async def handle_MAIL(self, server: Any, _session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.dies == "before":
            server.transport.abort()
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        while self.vanishing:
            self.vanishing.pop().rmdir()
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if not self.data.startswith("250"):
            return self.data
        self.mails.append((*envelope.rcpt_tos, envelope.content))
        for process in self.kills:
            os.kill(process, signal.SIGKILL)
        self.kills.clear()
        if self.dies == "after":
            server.transport.abort()
        return self.data

    @property
    def place(self) -> str:
        return str(self.folder / "x.db")

    @property
    def got(self) -> list[str]:
        return sorted(to for to, _ in self.mails)

    @property
    def letters(self) -> list[EmailMessage]:
        return [message_from_bytes(content, policy=policy.default) for _, content in self.mails]

    def send(self, **wanted: Any) -> Done:
        own = rules(self.folder, self.port)
        return mailing.send(own, self.place, Wanted(**{"at": self.now, "if_due": True, **wanted}), lambda: self.now)

    def typed(self, *words: str) -> subprocess.Popen[str]:
        """The command, as cron runs it."""
        rules(self.folder, self.port)
        line = [sys.executable, "-m", "dropmon", "report", "weekly", "--send", "--if-due", "--at", DUE, *words]
        more = ["--rules", str(self.folder / "rules.yaml"), "--storage", self.place]
        return subprocess.Popen([*line, *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


@contextmanager
def opened(folder: Path) -> Iterator[Office]:
    office = Office(folder)
    controller = Controller(office, hostname="127.0.0.1", port=free_port())
    controller.start()
    office.port = controller.port
    try:
        yield office
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("history") / "x.db"
    played(path, weeks=2)
    return path.read_bytes()


@pytest.fixture
def office(tmp_path: Path, history: bytes) -> Iterator[Office]:
    (tmp_path / "x.db").write_bytes(history)
    with opened(tmp_path) as one:
        yield one


def test_each_recipient_gets_one_mail_that_every_program_can_read(office: Office) -> None:
    done = office.send()
    assert (done.code, done.problems) == (0, ())
    assert office.got == BOTH
    letter = office.letters[0]
    assert letter["From"] == "Boutique <ops@example.com>"
    assert letter["To"] == "boss@example.com, board@example.com"
    assert letter["Subject"].startswith("Boutique : Rapport hebdomadaire 2026-W47: 99,")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Id"] == "<weekly-report.dropmon.example.com>"
    assert letter["Date"].datetime.timestamp() == AT
    assert letter["Message-ID"] == office.letters[1]["Message-ID"]
    assert [part.get_content_type() for part in letter.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert max(len(content) for _, content in office.mails) < LARGEST
    text, html = (part.get_content() for part in letter.iter_parts())
    for said in ("Disponibilité", "Les plus lents", "MANQUÉ", "Panier plus rapide", "Comment c'est compté", "Alice"):
        assert said in text
        assert said.replace("'", "&#x27;") in html


def test_nothing_in_the_mail_is_loaded_from_elsewhere_and_nothing_from_outside_is_obeyed(office: Office) -> None:
    office.send()
    html = office.letters[0].get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert not re.search(r"<(?:script|img|link|style|iframe|object|form|svg)|https?://|url\(|src=|@import", html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


@pytest.mark.slow
def test_twenty_at_once_and_ten_one_after_the_other_send_exactly_one(office: Office) -> None:
    for process in [office.typed() for _ in range(20)]:
        said, _ = process.communicate(timeout=120)
        assert process.returncode in (0, 1), said  # 1: another one was still at it
    assert office.got == BOTH
    for minute in range(10):
        office.now = AT + 60 * minute
        assert office.send().code == 0
    assert office.got == BOTH


@pytest.mark.slow
def test_what_was_sent_says_so_and_is_sent_again_when_asked(office: Office) -> None:
    office.send()
    assert office.send().lines[0].endswith("--resend sends it again")
    office.now += 60
    assert office.send(again=True).code == 0
    assert office.got == sorted(BOTH * 2)
    assert len({each["Message-ID"] for each in office.letters}) == 2  # who asks for it again wants to see it


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mood", "code", "why"),
    [
        ({"rcpt": "550 no such user"}, 2, "550 no such user"),
        ({"rcpt": "450 greylisted"}, 1, "450 greylisted"),
        ({"data": "552 too much"}, 2, "552 too much"),
        ({"data": "451 try later"}, 1, "451 try later"),
        ({"dies": "before"}, 1, "was not sent"),
    ],
)
def test_what_did_not_arrive_is_tried_by_the_next_run(
    office: Office, mood: dict[str, str], code: int, why: str
) -> None:
    for name, value in mood.items():
        setattr(office, name, value)
    done = office.send()
    if mood.get("dies"):  # it is not known at which word the connection ended
        assert done.code == 1
        office.now += mailing.PATIENCE
    else:
        assert done.code == code
        assert why in done.problems[0]
    assert office.mails == []
    office.rcpt, office.data, office.dies = "", "250 OK", ""
    assert office.send().code == 0
    assert office.got == BOTH


@pytest.mark.slow
def test_when_the_server_dies_after_the_mail_it_comes_again_later_and_under_the_same_name(office: Office) -> None:
    office.dies = "after"
    done = office.send()
    assert (done.code, done.again, len(office.mails)) == (1, True, 2)
    assert "may have arrived" in done.problems[0]
    office.dies = ""
    waiting = office.send()
    assert "is being sent" in waiting.lines[0]
    assert (waiting.code, waiting.idle) == (1, False)  # the next run tries again
    assert len(office.mails) == 2

    office.now += mailing.PATIENCE
    assert "it may arrive twice, under one Message-ID" in office.send().lines[0]
    assert office.got == sorted(BOTH * 2)
    assert len({each["Message-ID"] for each in office.letters}) == 1
    office.now += mailing.PATIENCE
    office.send()
    assert len(office.mails) == 4


@pytest.mark.slow
def test_who_is_killed_between_the_mail_and_the_note_leaves_it_to_the_next(office: Office) -> None:
    process = office.typed()
    office.kills.append(process.pid)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert len(office.mails) == 1

    office.now = datetime.now(ZoneInfo("UTC")).timestamp()
    office.send(at=AT)  # another one, at once: nobody knows yet that the first is dead
    assert office.got == BOTH
    office.now += mailing.PATIENCE
    done = office.send(at=AT)
    assert (done.code, len(done.lines)) == (0, 1)
    assert "it may arrive twice" in done.lines[0]
    assert office.got == sorted([*BOTH, office.mails[0][0]])
    assert len({each["Message-ID"] for each in office.letters}) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("at", "week"),
    [
        ("2026-11-08T12:00", None),  # nothing was known of the week that ended last Monday
        ("2026-11-23T08:59:59", "2026-W46"),  # that of last Monday, which nobody has sent
        ("2026-11-23T09:00", "2026-W47"),
        ("2026-11-23T23:00", "2026-W47"),
        ("2026-11-29T23:59", "2026-W47"),  # late, and once
        ("2026-11-30T09:00", "2026-W48"),
    ],
)
def test_a_week_is_due_from_its_time_on_and_late_when_the_machine_was_off(
    office: Office, at: str, week: str | None
) -> None:
    office.now = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Europe/Paris")).timestamp()
    done = office.send()
    assert done.code == 0
    if week is None:
        assert done.lines == ("nothing is due: nothing is known of 2026-W44",)
    else:
        assert [each["Subject"].split(": ")[1] for each in office.letters] == [f"Rapport hebdomadaire {week}"] * 2
    office.now += 0.5
    office.send()
    assert len(office.mails) in (0, 2)


@pytest.mark.slow
def test_a_week_without_anything_is_told_and_not_kept_silent(tmp_path: Path, history: bytes) -> None:
    (tmp_path / "x.db").write_bytes(history)
    with opened(tmp_path) as office:
        office.now = AT + 3 * WEEK
        office.send()
        assert "PAS DE DONNÉES" in office.letters[0]["Subject"]


def test_a_channel_that_is_an_edge_function_gets_subject_text_and_html(tmp_path: Path, history: bytes) -> None:
    (tmp_path / "x.db").write_bytes(history)
    with receiving(Reply()) as function:
        mail = f'mail: {{type: supabase-function, url: "{function.url}/send", key: planted-key}}'
        text = re.sub(r"  mail: .*", f"  {mail}", RULES)
        found = rules(tmp_path, text=text)
        for _ in range(3):
            assert mailing.send(found, str(tmp_path / "x.db"), Wanted(AT), lambda: AT).code == 0
    assert sorted(each.json["to"] for each in function.seen) == BOTH
    assert set(function.seen[0].json) == {"to", "subject", "body", "html"}
    assert len(set(function.ids)) == 2
    assert function.seen[0].headers["apikey"] == "planted-key"


@pytest.mark.slow
def test_what_keeps_a_report_from_being_sent_is_said(office: Office) -> None:
    slack = RULES.replace("  mail:", '  slack: {webhook: "https://example.com/s"}\n  mail:')
    for text, error in (
        (slack.replace("channel: mail", "channel: slack"), UsageError),
        (RULES.replace("host: 127.0.0.1", 'host: "${NOWHERE_AT_ALL}"'), DropmonError),
        (RULES[: RULES.index("report:")], UsageError),
    ):
        found = rules(office.folder, office.port, text)
        with pytest.raises(error) as caught:
            mailing.send(found, office.place, Wanted(AT), lambda: AT)
        assert caught.value.hint
    assert office.send().code == 0


def test_a_week_that_is_not_over_is_not_sent_as_if_it_were(office: Office) -> None:
    with pytest.raises(UsageError, match="is not over"):
        office.send(if_due=False, week="2026-W52")
    office.now = MONDAY + 5 * WEEK + 9 * 3600
    assert office.send(if_due=False, week="2026-W52", at=office.now + WEEK).code == 0


@pytest.mark.slow
def test_who_asks_for_it_again_gets_it_although_nobody_knows_whether_it_arrived(office: Office) -> None:
    office.dies = "after"
    done = office.send()
    assert all("--resend" in hint and "run it again" not in hint for hint in done.hints)
    office.dies = ""
    done = office.send(if_due=False, again=True)
    assert (done.code, done.problems) == (0, ())
    assert not any("Message-ID" in line for line in done.lines)
    assert office.got == sorted(BOTH * 2)
    assert office.send().code == 0
    assert len(office.mails) == 4


def test_addresses_that_differ_in_case_alone_get_one_mail(office: Office) -> None:
    text = RULES.replace("[boss@example.com, board@example.com]", '[boss@example.com, "The Boss <Boss@Example.com>"]')
    own = rules(office.folder, office.port, text)
    assert mailing.send(own, office.place, Wanted(AT), lambda: AT).code == 0
    assert office.got == ["boss@example.com"]


def test_names_and_domains_of_any_letters_get_the_report(office: Office) -> None:
    to = '["Durand, Zoé <zoe@example.com>", "boss@exämple.com", "CTO @ Boutique <cto@example.com>"]'
    own = rules(office.folder, office.port, RULES.replace("[boss@example.com, board@example.com]", to))
    assert mailing.send(own, office.place, Wanted(AT), lambda: AT).code == 0
    assert office.got == ["boss@xn--exmple-cua.com", "cto@example.com", "zoe@example.com"]
    first = office.letters[0]["To"].addresses[0]
    assert (first.display_name, first.addr_spec) == ("Durand, Zoé", "zoe@example.com")


def test_a_recipient_whose_case_is_written_otherwise_has_got_the_week(office: Office) -> None:
    for to in ("Boss@example.com", "boss@Example.com", "boss@example.com"):
        own = rules(office.folder, office.port, RULES.replace("[boss@example.com, board@example.com]", to))
        done = mailing.send(own, office.place, Wanted(AT), lambda: AT)
        assert done.code == 0
    assert office.got == ["Boss@example.com"]
    assert "was sent to Boss@example.com at 2026-11-23 09:00 CET" in done.lines[0]


def test_a_mail_that_cannot_be_laid_out_is_refused_and_no_bug(office: Office) -> None:
    own = rules(office.folder, office.port)
    said = weekly.weekly(own)
    assert said is not None
    post = mailing.posting(own, said)._replace(sender="zoé@example.com")
    week = mailing.week(own, Wanted(AT))
    made = Writer(weekly.report(own, office.place, week, AT))
    found = mailing.laid_out(made, post, Sent("weekly", week.name, "boss@example.com", "", AT, "<x@example.com>"))
    assert isinstance(found, Delivery)
    assert (found.verdict, found.reached) == (Verdict.REFUSED, True)


def test_the_week_that_is_mailed_is_also_written_where_a_file_is_named(office: Office) -> None:
    file = office.folder / "week.html"
    with office.typed("--output", str(office.folder / "week.doc")) as refused:
        assert refused.wait() == 3
    with office.typed("--format", "json") as refused:
        assert refused.wait() == 3
    assert (office.got, file.exists()) == ([], False)
    with office.typed("--output", str(file)) as first:
        assert first.wait() == 0
    assert (office.got, "2026-W47" in file.read_text()) == (BOTH, True)
    file.unlink()
    with office.typed("--output", str(file)) as second:  # an hour later: it was mailed, and archived
        assert second.wait() == 0
    assert (office.got, file.exists()) == (BOTH, False)


@pytest.mark.parametrize("where", ["nowhere/week.html", "x.db/week.html", "week.html"])
def test_nothing_is_mailed_where_the_file_cannot_be_written(office: Office, where: str) -> None:
    (office.folder / "week.html").mkdir()
    with office.typed("--output", str(office.folder / where)) as refused:
        assert "cannot write" in refused.communicate()[0]
    assert (refused.returncode, office.got) == (3, [])
    assert {each.name for each in office.folder.iterdir()} <= {
        "x.db",
        "x.db-shm",
        "x.db-wal",
        "rules.yaml",
        "week.html",
    }


@pytest.mark.parametrize(("rcpt", "code", "got"), [("", 3, BOTH), ("451 later", 1, []), ("550 nobody", 2, [])])
def test_how_the_sending_ended_is_told_although_the_file_cannot_be_written(
    office: Office, rcpt: str, code: int, got: list[str]
) -> None:
    folder = office.folder / "archive"
    folder.mkdir()
    office.rcpt, office.vanishing = rcpt, [folder]
    with office.typed("--output", str(folder / "week.html")) as mailed:
        told = mailed.communicate()[0]
    assert "cannot write" in told
    assert "dropmon report weekly --week 2026-W47 --output FILE" in told
    assert (mailed.returncode, office.got) == (code, got)


@pytest.mark.slow
def test_a_server_that_says_nothing_is_asked_once_for_all(office: Office) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        text = RULES.replace("timeout: 5s", "timeout: 1s")
        own = rules(office.folder, silent.getsockname()[1], text)
        start = time.monotonic()
        done = mailing.send(own, office.place, Wanted(AT), lambda: AT)
        assert time.monotonic() - start < 1.9
    assert (done.code, len(done.problems), done.again) == (1, 2, True)
    assert all("was not sent" in each and "connecting failed" in each for each in done.problems)
    assert office.send().code == 0
    assert office.got == BOTH
