"""Where a message goes: URLs, mail addresses, telephone numbers."""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from dropmon.mailbox import mailbox
from dropmon.rules.types import Written


def url(text: str) -> str:
    """An address that HTTP can be spoken to, as it is written.

    >>> url("https://example.com/x")
    'https://example.com/x'
    >>> url("example.com")
    Traceback (most recent call last):
    ValueError: this is not a URL: write https://example.com
    """
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or re.search(r"[\s\x00-\x1f]", text):
        raise ValueError("this is not a URL: write https://example.com")  # it may hold a secret: not shown
    return text


def email(text: str) -> str:
    """A mail address, with or without a name, as it is written.

    >>> email("ops@example.com"), email("Ops <ops@example.com>")
    ('ops@example.com', 'Ops <ops@example.com>')
    """
    mailbox(text)
    return text


def phone(text: str) -> str:
    """A telephone number in E.164; spaces are taken out.

    >>> phone("+33 6 12 34 56 78")
    '+33612345678'
    """
    number = re.sub(r"[ ().-]", "", text)
    if not re.fullmatch(r"\+[1-9]\d{6,14}", number):
        raise ValueError(f'{text!r} is not an international telephone number: write "+33612345678"')
    return number


def host_port(text: str) -> str:
    """Where a connection goes.

    >>> host_port("1.1.1.1:443"), host_port("[::1]:53")
    ('1.1.1.1:443', '[::1]:53')
    """
    match = re.fullmatch(r"(?:\[[0-9A-Fa-f:.]+\]|[\w.-]+):(\d{1,5})", text)
    if not match or not 0 < int(match[1]) < 65536:
        raise ValueError(f"{text!r} is not a host and a port: write 1.1.1.1:443")
    return text


class NameServer(NamedTuple):
    """Who answers DNS."""

    address: str
    port: int = 53

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}" if self.port != 53 else self.address


def name_server(text: str) -> NameServer:
    """An address, perhaps with a port: a name would need a name server itself.

    >>> [str(name_server(text)) for text in ("1.1.1.1", "1.1.1.1:5353", "2606:4700::1111", "[::1]:5353")]
    ['1.1.1.1', '1.1.1.1:5353', '2606:4700::1111', '[::1]:5353']
    """
    from ipaddress import IPv6Address, ip_address

    match = re.fullmatch(r"\[(.+)\](?::(\d{1,5}))?|([^:]+)(?::(\d{1,5}))?|(.+)", text)
    inside, six, four, port, bare = match.groups() if match else ("", None, "", None, "")
    try:
        address = IPv6Address(inside) if inside else ip_address(four or bare)
        if not 0 < int(six or port or 53) < 65536:
            raise ValueError
    except ValueError:
        raise ValueError(f"{text!r} is not a name server: write 1.1.1.1, 1.1.1.1:53 or [::1]:53") from None
    return NameServer(str(address), int(six or port or 53))


Url = Annotated[str, Written(url, str, "https://example.com", wants="a URL")]
Email = Annotated[str, Written(email, str, "ops@example.com", wants="a mail address")]
Phone = Annotated[str, Written(phone, str, '"+33612345678"', wants="a telephone number")]
HostPort = Annotated[str, Written(host_port, str, "1.1.1.1:443", wants="a host and a port")]
Resolver = Annotated[NameServer, Written(name_server, str, "1.1.1.1:53", wants="a name server")]
