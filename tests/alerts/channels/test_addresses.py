"""Whom a mail reaches: what the rules take is what the envelope and every reader of the header say."""

from __future__ import annotations

import json
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dropmon.alerts.mail import mail
from dropmon.alerts.message import message
from dropmon.mailbox import mailbox
from dropmon.rules.addresses import email
from tests.alerts.channels.examples import ENGLISH, FIRST, channel
from tests.alerts.channels.receiver import free_port

LOCALS = st.from_regex(r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]{1,30}(\.[a-z]{1,30})?", fullmatch=True)
DOMAINS = st.from_regex(r"[a-zß-öø-ÿ]{1,30}(\.[a-z]{2,20}){0,3}", fullmatch=True)
NAMES = st.text(st.characters(exclude_characters="<>", codec="utf-8"), max_size=40)


def told(*to: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The recipients of the envelopes, and those that a reader of the mail sees, with their names."""
    one = channel("smtp", to=list(to))
    letters = one.letters(FIRST, ENGLISH)
    read = message_from_bytes(letters[0].what.as_bytes(policy=policy.SMTP), policy=policy.default)
    return [each.to for each in letters], [(each.display_name, each.addr_spec) for each in read["To"].addresses]


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("Durand, Marie <marie@example.com>", "Durand, Marie", "marie@example.com"),
        ("CTO @ Boutique <a@example.com>", "CTO @ Boutique", "a@example.com"),
        ("Zoé [ops] <b@example.com>", "Zoé [ops]", "b@example.com"),
        ('"Durand, \\"Zoé\\"" <zoe@example.com>', 'Durand, "Zoé"', "zoe@example.com"),
        ("ops@exämple.fr", "", "ops@xn--exmple-cua.fr"),
        ("ops@faß.de", "", "ops@xn--fa-hia.de"),
        ("Ops@Example.com", "", "Ops@Example.com"),
        ("ops@localhost", "", "ops@localhost"),
    ],
)
def test_a_mail_goes_to_the_address_between_the_angles_under_the_name_before_it(
    written: str, name: str, address: str
) -> None:
    assert told(written) == ([address], [(name, address)])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NAMES, LOCALS, DOMAINS), min_size=1, max_size=3))
@example([("=?utf-8?q?a=40evil.example=2C?=", "a", "b.c")])
@example([("x, " * 20, "a", "b.c"), ("é, " * 12, "a", "b.c")])
def test_what_the_rules_take_is_mailed_nowhere_else(written: list[tuple[str, str, str]]) -> None:
    taken = []
    for name, local, domain in written:
        try:
            taken.append(email(f"{name}<{local}@{domain}>"))
        except ValueError:
            continue
        assert mailbox(taken[-1]).address.startswith(f"{local}@")
        assert domain.isascii() <= mailbox(taken[-1]).address.endswith(f"@{domain}")
    if not taken:
        return
    letter = mail(message(FIRST, ENGLISH), taken[0], taken, ENGLISH)
    read = message_from_bytes(letter.as_bytes(policy=policy.SMTP), policy=policy.default)
    boxes = [mailbox(each) for each in taken]
    for header, meant in (("From", boxes[:1]), ("To", boxes)):
        assert [each.addr_spec for each in read[header].addresses] == [each.address for each in meant]
        # a long name is several encoded words, between which Python reads a space
        names = ["".join(each.display_name.split()) for each in read[header].addresses]
        assert names == ["".join(each.name.split()) for each in meant]


@pytest.mark.parametrize(
    "written",
    ["a@b, c@d.e", "x <a@b.c", "a@b.c>", "a b@c.d", "a@@b.c", "a@b..c", "a@-b.c", "<>", "@b.c", "a@",
     '""@b.c', '"a"b@c.d', '"a"b"@c.d', "a@[b]", "a@[::1]", "a@[1.2.3.4", "a@[IPv6:fe80::1%eth0]", "zoé@b.c",
     f"{'a' * 65}@b.c", "a(b)@c.d", "x <a@b.c> y", "a@b.c\nBcc: d@e.f", "a@" + "b" * 64 + ".c", "a@exa mple.fr",
     f"{'a, ' * 120}<a@b.c>"],
)  # fmt: skip
def test_what_no_mail_server_takes_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"(?s)^'.*' has .+: write ops@example.com$"):
        email(written)


UNUSUAL = [
    "a..b@docomo.ne.jp", ".x@example.com", "x.@example.com", '"john.doe"@example.com', '"a b, c@d"@example.com',
    "ops@[127.0.0.1]", "ops@[IPv6:::1]",
]  # fmt: skip


def test_unusual_addresses_are_mailed_as_they_are_written() -> None:
    heard: list[str] = []

    class Server(SMTP):
        async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802
            heard.append(arg.removeprefix("FROM:").rpartition(">")[0] + ">")
            await super().smtp_MAIL(arg)

        async def smtp_RCPT(self, arg: str) -> None:  # noqa: N802
            heard.append(arg.removeprefix("TO:"))
            await super().smtp_RCPT(arg)

    class Listening(Controller):
        def factory(self) -> Server:
            return Server(self.handler)

    listening = Listening(Sink(), hostname="127.0.0.1", port=free_port())
    listening.start()
    try:
        for each in UNUSUAL:
            way = {"host": "127.0.0.1", "port": listening.port, "security": "none", "username": None, "password": None}
            one = channel("smtp", **way, **{"from": each, "to": f"Zoé <{each}>"})
            assert one.send(one.letters(FIRST, ENGLISH)[0], 0.0).ok, each
    finally:
        listening.stop()
    assert heard == [f"<{each}>" for each in UNUSUAL for _ in ("from", "to")]


def test_a_function_of_supabase_gets_the_name_as_a_header_says_it() -> None:
    one = channel("supabase-function", to=["Durand, Zoé <zoe@example.com>"])
    (letter,) = one.letters(FIRST, ENGLISH)
    assert json.loads(letter.what.body)["to"] == '"Durand, Zoé" <zoe@example.com>'
