"""What is secret is known by where it stands; what is not stays readable."""

from __future__ import annotations

from pathlib import Path

import pytest

from dropmon import postgres, secrets
from dropmon.db.database import at
from dropmon.errors import DatabaseError, RulesError
from dropmon.rules import effective, secrecy
from tests.rules.conftest import Load

PLANTED = 'pl4nted: # $ "é'


def api(keys: str) -> str:
    return f"checks:\n  apis:\n    - {{name: a, {keys}}}\n"


@pytest.mark.parametrize(
    "text",
    [
        api("url: 'https://a.example', headers: {Authorization: 'Bearer ${PLANTED}'}"),
        api("url: 'https://a.example', headers: {X-Shop: '${PLANTED}'}"),
        api("url: 'https://a.example/hooks/${PLANTED}'"),
        api("url: 'https://a.example', body: 'password=${PLANTED}&grant_type=password'"),
        api("url: 'https://a.example', body_file: planted"),
        api("url: 'https://a.example', login: {username: u, password: '${PLANTED}'}"),
        "channels: {slack: {webhook: '${PLANTED}'}}",
        "channels: {webhook: {url: 'https://a.example/${PLANTED}'}}",
        "channels: {apprise: {url: ['x://${PLANTED}']}}",
        "databases: {main: {url: 'postgresql://u:${PLANTED}@h/d'}}",
        "databases: {main: {url: 'host=h password=''${PLANTED}'' dbname=d'}}",
        "storage: postgresql://u:${PLANTED}@h/d",
        "sources: {sentry: {organization: o, project: p, token: '${PLANTED}'}}",
        "sources: {sentry: {organization: o, project: p, token_file: planted}}",
    ],
)
def test_a_planted_secret_is_masked_everywhere(rules: Load, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PLANTED", PLANTED)
    Path("planted").write_text(PLANTED)
    loaded = rules(text)
    try:
        shown = effective.effective(loaded)
    except RulesError as error:  # a URL cannot hold such a password: even then nothing is shown
        shown = str(error)

    assert PLANTED not in secrets.mask(f"<{PLANTED}>")
    assert "pl4nted" not in shown


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (api("url: 'https://a.example', headers: {Authorization: Bearer literal-token}"), "literal-token"),
        (api("url: 'https://a.example', headers: {Cookie: session=literal}"), "session=literal"),
        (api("url: 'https://a.example', headers: {apikey: literal-key}"), "literal-key"),
        (api("url: 'https://user:p%40ss@a.example'"), "p@ss"),
        ("channels: {ntfy: {topic: our-secret-topic}}", "our-secret-topic"),
        ("databases: {main: {url: 'postgresql://app:s3cret@h/d'}}", "s3cret"),
        ("storage: postgresql://app:with/slash@h/d", "with/slash"),
    ],
)
def test_a_secret_written_down_is_known_too(rules: Load, text: str, secret: str) -> None:
    effective.effective(rules(text))
    assert secrets.mask(secret) == secrets.MASK


@pytest.mark.parametrize(
    ("text", "public"),
    [
        (api("url: 'https://a.example', headers: {Accept: application/json}"), "application/json"),
        (api("url: 'https://a.example', headers: {Authorization: Bearer abcdef}"), "Bearer"),
        (api("url: '${BASE}/status'"), "https://base.example"),
        ("databases: {main: {url: 'postgresql://app:s3cret@db.example/shop'}}", "db.example/shop"),
        ("databases: {main: {url: '${DATABASE_URL}'}}", "db.example/shop"),
        (api("url: 'https://a.example', body: 'literal text'"), "literal text"),
        ("channels: {twilio: {account: '${SID}', token: t0ken, from: '+33600000000', to: '+33600000001'}}", "AC0123"),
    ],
)
def test_what_is_public_stays_readable(rules: Load, monkeypatch: pytest.MonkeyPatch, text: str, public: str) -> None:
    monkeypatch.setenv("BASE", "https://base.example")
    monkeypatch.setenv("SID", "AC0123")
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:s3cret@db.example/shop")
    shown = effective.effective(rules(text))
    assert secrets.mask(public) == public
    assert public in shown


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:pl4nted@pl4nted-tail@{host}/d",
        "postgresql://u:pl4nted@pl4nted%2Dtail@pl4nted-end@{host}/d",
        "postgresql://u:a@pl4@{host}/d",
        "postgresql://u:a@b:pl4nted@{host}/d",
        "postgresql://u:a@b,pl4nted@{host}/d",
        "postgresql://u:pl4nted tail@{host}/d",
        "postgresql://u:pl4nted%zz@{host}/d",
        "postgresql://{host}/d?password=pl4nted%zz&user=u",
        "postgresql:u:pl4nted@{host}/d",
        "postgresql//u:pl4nted@{host}/d",
        "host={host} password=a pl4 dbname=d",
        "host={host} password=a pl4nted dbname=d",
        "password='it's pl4nted' host={host}",
        "host={host} password='a pl4nted",
        "host={host} password=a\\ pl4nted pl4nted",
    ],
)
def test_no_complaint_of_the_driver_quotes_a_part_of_a_password(url: str) -> None:
    database = at(url.format(host="nobody.invalid"))
    with pytest.raises(DatabaseError) as caught, postgres.opened(database.url, 1, 2):
        pass

    assert "pl4" not in caught.value.what


def test_a_password_masks_no_more_than_itself() -> None:
    for text in (
        "set password = hunter22, then restart",
        "host=h password='a bcde' dbname=shop",
        "a://u:pass@shop/x@y",
    ):
        for secret in secrecy.passwords(text):
            secrets.remember(secret)

    assert secrets.mask("then restart shop") == "then restart shop"
    assert secrets.mask("hunter22, 'a bcde' pass") == "••• '•••' •••"


def test_a_row_leaves_nothing_behind(rules: Load) -> None:
    loaded = rules(
        "checks:\n  apis:\n    - name: m\n      targets: {sql: q}\n      url: 'https://u:${column:token}@a.example'\n"
        "      headers: {Authorization: 'Bearer ${column:token}'}\n"
        "      login: {username: u, password: '${column:token}'}\ndatabases: {main: {url: 'postgresql://h/d'}}\n"
    )
    (entry,) = loaded.entries("apis")
    before = set(secrets._known)
    loaded.build(entry, {"name": "a", "token": "row-token"})

    assert secrets._known == before == set()


def test_no_complaint_quotes_a_secret(rules: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED", "pl4nted")
    loaded = rules("channels: {webhook: {url: '${PLANTED}', secret: 123456}, telegram: {token: [pl4nted], chat: 1}}")
    with pytest.raises(RulesError) as caught:
        _ = loaded.channels

    assert len(caught.value.problems) == 3
    assert "pl4nted" not in str(caught.value)
    assert "123456" not in str(caught.value)
