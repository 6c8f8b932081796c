"""Text from outside arrives harmless and short, through every channel."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs

import pytest

from dropmon import secrets
from dropmon.alerts.channel import Letter
from dropmon.alerts.escape import cut_sms, gsm, places
from dropmon.alerts.notification import Notification, Reason
from dropmon.transport import Request
from tests.alerts.channels.examples import AT, ENGLISH, ENTRIES, ERRORS, OVER, channel

HOSTILE = {
    "mention": "<!channel> <@U123> <!subteam^S1> <https://evil.example|click> @everyone @here <@&1>",
    "crlf": "x\r\nBcc: everybody@example.com\r\n\r\nsecond body\n.\nQUIT",
    "markup": "<script>alert(1)</script><img src=x onerror=y>[a](javascript:alert(1)) **b** `c` &lt;",
    "bidi": "abc\u202etxt.exe\u202c \u2066x\u2069 \u200e\u200f\u061c",
    "nul": "a\x00b\x1b[31mred\x1b]0;title\x07\x9b31m\x7f",
    "surrogate": "\ud800 \udfff \ufeff",
    "zalgo": "Z" + "\u0301" * 5000,
    "invisible": "a\u200b\u200d\u2060\U000e0041b" * 50,
    "large": "A" * 1_000_000,
    "lines": "\n" * 200_000,
    "json": '","x":"y"}],"text":"owned',
    "template": "{{ secrets }} ${HOME} %s {0} $(reboot) `reboot`; reboot",
    "secret": "token planted-secret-9x7 in it",
    "cut secret": "B" * 495 + "planted-secret-9x7",
    "url secret": "https://u:planted%2Dsecret-9x7@e.example/?k=planted-secret-9x7",
}
CONTROLS = set(map(chr, (*range(32), 127, *range(128, 160)))) - {"\n"}
TURNS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeff")
LIMITS = {"slack": 8_000, "twilio": 1_200, "supabase-function": 4_000, "smtp": 12_000, "webhook": 20_000,
          "pagerduty": 6_000, "alertmanager": 6_000, "teams": 24_000, "discord": 9_000, "ntfy": 5_000,
          "telegram": 6_000, "apprise": 4_000, "github": 6_000, "gitlab": 6_000}  # fmt: skip


@pytest.fixture(autouse=True)
def _planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The only one: to look for all that other tests have made known takes seconds in a megabyte."""
    monkeypatch.setattr(secrets, "_known", set())
    monkeypatch.setattr(secrets, "_longest_first", [])
    secrets.remember("planted-secret-9x7")


def notification(text: str) -> Notification:
    """One in which every text that comes from outside is this."""
    alert = ERRORS._replace(
        rule=text, name=text, description=text, condition=text, runbook=text, labels={text: text, "check": text},
        value=float("nan"),
    )  # fmt: skip
    return Notification(
        "msg_1",
        "ops",
        Reason.DELIVERY,
        (alert, alert._replace(runbook=f"https://{text}")),
        AT,
        text,
        3600.0,
        text,
        text,
    )


def texts(value: Any) -> list[str]:
    """Every string of a JSON value."""
    if isinstance(value, dict):
        return [text for key, inner in value.items() for text in (key, *texts(inner))]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return [value] if isinstance(value, str) else []


def said(letter: Letter) -> list[str]:
    """Every text that a letter holds, as its receiver reads it."""
    what = letter.what
    if isinstance(what, Request):
        body = (what.body or b"").decode()
        heads = [text for name, text in what.headers if name not in ("Authorization", "apikey")]
        if body.startswith(("{", "[")):
            return heads + texts(json.loads(body))
        return heads + [text for values in parse_qs(body).values() for text in values]
    if hasattr(what, "walk"):
        parts = [str(part.get_content()) for part in what.walk() if not part.is_multipart()]
        return [*map(str, what.values()), *parts]
    return [text for name, text in what._asdict().items() if name != "url"]


@pytest.mark.parametrize("kind", ENTRIES)
@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_harmless_and_short(kind: str, name: str) -> None:
    for letter in channel(kind).letters(notification(HOSTILE[name]), ENGLISH):
        found = said(letter)
        whole = "\n".join(found)
        assert not CONTROLS & set(whole.replace("\r\n", "\n"))
        assert not TURNS & set(whole)
        assert "planted-secret" not in whole
        assert whole.encode()  # no half of a pair
        assert len(whole.encode()) <= LIMITS[kind], len(whole.encode())
        assert not any("\u0301" * 3 in text for text in found)
        if isinstance(letter.what, Request):
            assert all("\n" not in text and "\r" not in text for _, text in letter.what.headers)


@pytest.mark.parametrize("text", [HOSTILE["mention"], HOSTILE["markup"]])
def test_slack_reads_neither_mention_nor_link(text: str) -> None:
    body = json.loads(channel("slack").letters(notification(text), ENGLISH)[0].what.body)
    assert not any("<" in each or ">" in each for each in texts(body))
    assert (body["mrkdwn"], body["parse"], body["link_names"]) == (False, "none", False)
    assert all(each["mrkdwn_in"] == [] for each in body["attachments"])
    assert not any("title_link" in each for each in body["attachments"])


def test_discord_calls_nobody() -> None:
    body = json.loads(channel("discord").letters(notification(HOSTILE["mention"]), ENGLISH)[0].what.body)
    assert body["allowed_mentions"] == {"parse": []}
    assert all("\\@everyone" in each for each in texts(body) if "@everyone" in each)


def test_telegram_calls_nobody_and_reads_no_markup() -> None:
    body = json.loads(channel("telegram").letters(notification(HOSTILE["mention"]), ENGLISH)[0].what.body)
    assert "@here" not in body["text"]
    assert "parse_mode" not in body


def test_teams_reads_no_markdown() -> None:
    body = json.loads(channel("teams").letters(notification(HOSTILE["markup"]), ENGLISH)[0].what.body)
    kinds = {each["type"] for each in body["attachments"][0]["content"]["body"]}
    assert kinds == {"RichTextBlock"}
    assert body["attachments"][0]["content"]["actions"] == []


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(f"{tag}.{name}" for name, _ in attrs)}


@pytest.mark.parametrize("name", HOSTILE)
def test_mail_has_only_its_own_tags_and_heads(name: str) -> None:
    (letter, _) = channel("smtp").letters(notification(HOSTILE[name]), ENGLISH)
    whole = letter.what.as_bytes()
    assert b"\nBcc:" not in whole.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    page = Tags()
    page.feed(next(str(each.get_content()) for each in letter.what.walk() if each.get_content_type() == "text/html"))
    assert page.found <= {
        "html", "body", "body.style", "p", "p.style", "b", "div", "div.style", "h3", "h3.style", "table", "tr", "td",
        "td.style", "code", "a", "a.href",
    }  # fmt: skip
    assert "a" not in page.found or name in {"large", "zalgo", "invisible", "url secret", "cut secret"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Taux d’erreur élevé", "Taux d'erreur élevé"),
        ("→ «ça» œuvre", '-> "ca" oeuvre'),
        ("日本語の警告", "日本語の警告"),
    ],
)
def test_an_sms_stays_in_its_alphabet_where_it_can(text: str, kept: str) -> None:
    assert gsm(text) == kept


@pytest.mark.parametrize("text", ["a" * 2000, "é[" * 1000, "日" * 500, "😀" * 300, "", "a"])
def test_an_sms_has_two_parts_at_most(text: str) -> None:
    kept = cut_sms(text)
    assert cut_sms(kept) == kept
    assert places(kept) <= 306
    body = parse_qs(channel("twilio").letters(notification(text or "x"), ENGLISH)[0].what.body.decode())["Body"][0]
    assert cut_sms(body) == body
    assert body.rpartition(" #")[2].isalnum()


@pytest.mark.parametrize("text", ["x" * 300, "日" * 300, "é[" * 200, "Slow"])
@pytest.mark.parametrize("late", [0.0, 90_000.0])
@pytest.mark.parametrize("rules", [("down",), ("down", "down"), ("down", "slow"), ("down", "slow", "down", "odd")])
def test_an_sms_has_room_for_what_acknowledges_it(text: str, late: float, rules: tuple[str, ...]) -> None:
    alerts = tuple(
        ERRORS._replace(rule=rule, name=text, description=text, labels={"check": f"shop {number}"})
        for number, rule in enumerate(rules)
    )
    told = notification("x")._replace(alerts=alerts, late=late, failure=text, fallback_of="slack" if late else None)
    body = parse_qs(channel("twilio").letters(told, ENGLISH)[0].what.body.decode())["Body"][0]

    assert cut_sms(body) == body
    assert f"[{'; '.join(f'dropmon alert ack {rule}' for rule in dict.fromkeys(rules))}]" in body


@pytest.mark.parametrize(
    ("labels", "typed"),
    [
        ([{"check": "a"}], "down/check=a"),
        ([{"check": "a"}, {"check": "b"}], "down"),
        ([{"check": "a" * 90}], "down"),
    ],
)
def test_the_command_of_an_sms_takes_no_more_than_it_must(labels: list[dict[str, str]], typed: str) -> None:
    told = notification("x")._replace(alerts=tuple(ERRORS._replace(rule="down", labels=each) for each in labels))
    body = parse_qs(channel("twilio").letters(told, ENGLISH)[0].what.body.decode())["Body"][0]
    assert f"[dropmon alert ack {typed}]" in body


@pytest.mark.slow
def test_thousands_of_alerts_are_a_short_message_and_each_is_resolved_where_each_was_opened() -> None:
    alerts = tuple(OVER._replace(rule=f"rule_{number}") for number in range(2_000))
    many = notification("x")._replace(alerts=alerts)
    for kind in sorted(set(ENTRIES) - {"pagerduty", "alertmanager"}):
        for letter in channel(kind).letters(many, ENGLISH):
            assert len("\n".join(said(letter))) < 25_000
    assert len(channel("pagerduty").letters(many, ENGLISH)) == 2_000
    assert len(json.loads(channel("alertmanager").letters(many, ENGLISH)[0].what.body)) == 2_000
