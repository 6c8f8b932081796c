"""Whom a mail goes to: an address, and the name before it. One reading for the rules, the header and the envelope."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from email.policy import Policy

LONGEST = 320  # characters of what is written
MOST = 64  # characters before the @ (RFC 5321 §4.5.3.1)
BARE = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]", re.ASCII)  # Japanese telephones have addresses with dots in a row
QUOTED = re.compile(r'"(?:[ !#-;=?-\[\]-~]|\\[ -;=?-~])+"')  # what a server takes in quotes, but for < and >
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII | re.IGNORECASE)
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
    ValueError: 'zoé@example.com' has a letter that is not ASCII before the @, 'é': write ops@example.com
    """
    before = re.fullmatch(r"([^<>\r\n]*)<([^<>]*)>", text)
    name, address = (plain(before[1]), before[2]) if before else ("", text)
    local, at, domain = address.rpartition("@")
    if not domain.isascii():
        domain = international(domain)
    if wrong := long(text) or ("" if at else "no @") or unsent(local) or unknown(domain):
        raise ValueError(f"{text!r} has {wrong}: write ops@example.com")
    return Mailbox(f"{local}@{domain}", name)


def long(text: str) -> str:
    return f"more than {LONGEST} characters" if len(text) > LONGEST else ""


def unsent(local: str) -> str:
    """Why no server takes what stands before the @; '' where they do.

    >>> [unsent(each) for each in ("a..b", ".x", '"john doe"', "", "a b", '"a" b')]
    ['', '', '', 'nothing before the @', "' ' before the @", 'quotes before the @ that do not hold all of it']
    """
    if not local:
        return "nothing before the @"
    if not local.isascii():
        return f"a letter that is not ASCII before the @, {next(each for each in local if not each.isascii())!r}"
    if len(local) > MOST:
        return f"more than {MOST} characters before the @"
    if QUOTED.fullmatch(local):
        return ""
    if '"' in local:
        return "quotes before the @ that do not hold all of it"
    return next((f"{each!r} before the @" for each in local if not BARE.match(each)), "")


def unknown(domain: str) -> str:
    """Why what stands after the @ is neither a domain nor an address in [...]; '' where it is.

    >>> [unknown(each) for each in ("localhost", "[127.0.0.1]", "[IPv6:::1]", "", "b..c", "-a.b", "[x]")]
    ['', '', '', 'nothing after the @', 'a dot too many after the @', "'-a' after the @", "'[x]' after the @"]
    """
    if not domain:
        return "nothing after the @"
    if domain.startswith("["):
        return "" if literal(domain) else f"{domain!r} after the @"
    wrong = next((each for each in domain.split(".") if not LABEL.fullmatch(each)), None)
    return "" if wrong is None else f"{wrong!r} after the @" if wrong else "a dot too many after the @"


def literal(domain: str) -> bool:
    """Whether it is the address of a server, as mail has it (RFC 5321 §4.1.3)."""
    from ipaddress import IPv4Address, IPv6Address

    found = re.fullmatch(r"\[(IPv6:)?([^\[\]%]+)\]", domain, re.IGNORECASE)
    try:
        return bool(found and (IPv6Address if found[1] else IPv4Address)(found[2]))
    except ValueError:
        return False


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
