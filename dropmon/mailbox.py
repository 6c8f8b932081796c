"""Whom a mail goes to: an address, and the name before it. One reading for the rules, the header and the envelope."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from email.policy import Policy

LONGEST = 320  # characters of what is written
ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
LOCAL = re.compile(rf"{ATOM}(?:\.{ATOM})*", re.ASCII)
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
DOMAIN = re.compile(rf"{LABEL}(?:\.{LABEL})*", re.ASCII | re.IGNORECASE)
SPECIAL = re.compile(r'[()<>@,:;.\\"\[\]]')  # a name that has one is quoted (RFC 5322 §3.2.3)
WORD = 45  # bytes of an encoded word, which has 75 characters at most (RFC 2047 §2), in Base64


class Mailbox(NamedTuple):
    """An address as every mail server takes it, and a name of any letters for people."""

    address: str
    name: str = ""

    def __str__(self) -> str:
        """As a header says it.

        >>> str(mailbox("Durand, Zoé <zoe@example.com>")), str(mailbox("Ops <ops@example.com>"))
        ('"Durand, Zoé" <zoe@example.com>', 'Ops <ops@example.com>')
        """
        return f"{quoted(self.name)} <{self.address}>" if self.name else self.address

    @property
    def lines(self) -> list[str]:
        """In ASCII, in pieces between which a header may go on in the next line.

        >>> mailbox("Zoé Durand, ops <zoe@example.com>").lines
        ['=?utf-8?b?Wm/DqSBEdXJhbmQsIG9wcw==?=', '<zoe@example.com>']
        """
        from email.base64mime import header_encode

        if self.name.isascii() and "=?" not in self.name:  # what looks encoded would be decoded by who reads it
            return [str(self)]
        return [*(header_encode(each.encode(), "utf-8") for each in words(self.name)), f"<{self.address}>"]

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


class Addresses(str):
    """A header of addresses that is folded between them: Python's own folding loses quotes, and recipients with them.

    A header that has a `name` and can `fold` is taken as it is (`email.policy.EmailPolicy.header_store_parse`).
    """

    name: str
    boxes: tuple[Mailbox, ...]

    def __new__(cls, name: str, *written: str) -> Addresses:
        boxes = tuple(map(mailbox, written))
        found = super().__new__(cls, ", ".join(map(str, boxes)))
        found.name, found.boxes = name, boxes
        return found

    def fold(self, *, policy: Policy) -> str:
        line = f"{policy.linesep} "
        return f"{self.name}: {f',{line}'.join(line.join(each.lines) for each in self.boxes)}{policy.linesep}"


def mailbox(text: str) -> Mailbox:
    """What is written: an address, or a name and the address in <…>. Raises ValueError.

    >>> mailbox("a@exämple.fr"), mailbox('"Zoé [ops]" <zoe@example.com>')
    (Mailbox(address='a@xn--exmple-cua.fr', name=''), Mailbox(address='zoe@example.com', name='Zoé [ops]'))
    >>> mailbox("zoé@example.com")
    Traceback (most recent call last):
    ValueError: 'zoé@example.com' has letters before the @ that few mail servers take: write an address without accents
    """
    before = re.fullmatch(r"([^<>\r\n]*)<([^<>]*)>", text)
    name, address = (plain(before[1]), before[2]) if before else ("", text)
    local, _, domain = address.rpartition("@")
    if local and not local.isascii() and "@" not in local:
        raise ValueError(
            f"{address!r} has letters before the @ that few mail servers take: write an address without accents"
        )
    if not domain.isascii():
        domain = international(domain)
    if not (LOCAL.fullmatch(local) and len(local) <= 64 and DOMAIN.fullmatch(domain) and len(text) <= LONGEST):
        raise ValueError(f"{text!r} is not a mail address: write ops@example.com")
    return Mailbox(f"{local}@{domain}", name)


def international(domain: str) -> str:
    """A domain of any letters as the name servers know it; as it is, where it is none."""
    import idna

    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return domain


def plain(written: str) -> str:
    """A name without the quotes around it, in one line.

    >>> plain('"Zoé \\\\"Z\\\\" Durand" '), plain(' "a" b ')
    ('Zoé "Z" Durand', '"a" b')
    """
    name = " ".join(written.split())
    if re.fullmatch(r'"(?:[^"\\]|\\.)*"', name):
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return " ".join("".join(each for each in name if each.isprintable()).split())


def quoted(name: str) -> str:
    """A name as a header takes it."""
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"' if SPECIAL.search(name) else name


def words(name: str) -> list[str]:
    """A name in parts that fit an encoded word each.

    >>> words("é" * 25) == ["é" * 22, "é" * 3], words("")
    (True, [''])
    """
    found = [""]
    for each in name:
        if len((found[-1] + each).encode()) > WORD:
            found.append("")
        found[-1] += each
    return found
