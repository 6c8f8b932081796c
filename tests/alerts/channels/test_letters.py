"""Whole letters as text files: `DROPMON_WRITE_SCREENS=1 pytest tests/alerts/channels/test_letters.py` writes them."""

from __future__ import annotations

import json
import os
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from dropmon.alerts.channel import Letter
from dropmon.alerts.channels import kinds, names
from dropmon.alerts.message import Voice
from dropmon.transport import Request
from tests.alerts.channels.examples import ENGLISH, ENTRIES, FIRST, FRENCH, NOTIFICATIONS, channel

LETTERS = Path(__file__).parent / "letters"


def shown(letter: Letter) -> str:
    """A letter as text."""
    what: Any = letter.what
    if isinstance(what, Request):
        head = [f"to {letter.to}", f"{what.method} {what.address}", *(f"{name}: {text}" for name, text in what.headers)]
        return "\n".join([*head, "", body(what)])
    if isinstance(what, EmailMessage):
        parts = [str(part.get_content()) for part in what.walk() if not part.is_multipart()]
        heads = [f"{name}: {text}" for name, text in what.items() if name != "Content-Type"]
        return "\n".join([f"to {letter.to}", *heads, "", *parts])
    return "\n".join([f"to {letter.to}", *(f"{name}: {text}" for name, text in what._asdict().items())])


def body(request: Request) -> str:
    text = (request.body or b"").decode()
    if text.startswith(("{", "[")):
        return json.dumps(json.loads(text), indent=1, ensure_ascii=False)
    return "\n".join(f"{name} = {value}" for name, value in parse_qsl(text))


@pytest.mark.parametrize("kind", ENTRIES)
@pytest.mark.parametrize("name", NOTIFICATIONS)
@pytest.mark.parametrize("voice", [ENGLISH, FRENCH], ids=["en", "fr"])
def test_a_letter_is_as_it_is_kept(kind: str, name: str, voice: Voice) -> None:
    if voice is FRENCH and name not in {"first", "several_late"}:
        return
    letters = channel(kind).letters(NOTIFICATIONS[name], voice)
    text = "\n\n".join(map(shown, letters)) + "\n"
    path = LETTERS / f"{kind}.{name}.{voice.language}.txt"
    if os.environ.get("DROPMON_WRITE_SCREENS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize("kind", ENTRIES)
def test_the_same_notification_is_the_same_letter_whenever_it_is_sent(kind: str) -> None:
    one, two = (channel(kind).letters(FIRST, ENGLISH) for _ in range(2))
    assert [shown(letter) for letter in one] == [shown(letter) for letter in two]


def test_every_kind_has_an_example_and_a_help() -> None:
    assert {names(kind)[0] for kind in kinds().values()} == set(ENTRIES)
    assert all((kind.__doc__ or "").strip().endswith(".") for kind in kinds().values())


def test_a_program_is_told_where_a_runbook_is_read_when_it_has_an_address() -> None:
    notification = NOTIFICATIONS["several_late"]
    voice = ENGLISH._replace(pages="https://ops.example/pages")
    (letter,) = channel("webhook").letters(notification, voice)
    found = [(one["runbook"], one["runbook_url"]) for one in json.loads(letter.what.body)["data"]["alerts"]]
    assert found == [
        ("https://ops.example/r/high-error-rate", "https://ops.example/r/high-error-rate"),
        ("slow-response", "https://ops.example/pages/slow-response"),
    ]
