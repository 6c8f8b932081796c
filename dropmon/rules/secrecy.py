"""Which parts of a string are secret, by the place where it stands in the rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from dropmon.rules.nodes import Steps

ADDRESSES = frozenset({"url", "urls", "webhook", "endpoint", "status_page", "proxy", "prometheus"})
LOGIN = re.compile(r"^\w[\w+.-]*://[^/?#@:]*:([^/?#]*)@")
LOOSE = re.compile(r"^\w[\w+.-]*://[^/?#@:]*:(.*)@")  # a password with a / in it, pasted as it is
CONNINFO = re.compile(r"\bpassword\s*=\s*(?:'((?:\\.|[^'])*)'|(\S+))")
TELLING = re.compile(r"auth|cookie|token|key|secret|password|signature|credential", re.IGNORECASE)


PROVING = frozenset({"login", "client_certificate", "password", "token", "key", "secret", "proxy"})


def proves(path: Steps) -> bool:
    """Whether a value identifies us to whoever is asked, so that a refusal can name it.

    >>> proves(("apis", 0, "headers", "X-Shopify-Access-Token")), proves(("apis", 0, "headers", "Accept"))
    (True, False)
    """
    if path[-2:-1] == ("headers",):
        return bool(TELLING.search(str(path[-1])))
    return not PROVING.isdisjoint(map(str, path))


def of_variable(path: Steps, first: bool) -> bool:
    """Whether what a variable brings is secret here: in a header or a body, or in an address except where it begins.

    `${SUPABASE_URL}/functions` begins with a public address; `https://hooks.example.com/${KEY}` ends with a key.

    >>> of_variable(("checks", "apis", 0, "url"), first=True), of_variable(("checks", "apis", 0, "url"), first=False)
    (False, True)
    """
    sent = "headers" in path[:-1] or path[-1:] == ("body",)
    return sent or (not first and bool(ADDRESSES.intersection(map(str, path[-2:]))))


def of_text(path: Steps, text: str) -> Iterator[str]:
    """What is secret in a whole value: the password of an address, the credentials of a telling header.

    >>> list(of_text(("storage",), "postgresql://app:s3cret@db/app"))
    ['s3cret']
    >>> list(of_text(("headers", "Authorization"), "Bearer abc.def")), list(of_text(("headers", "Accept"), "*/*"))
    (['abc.def'], [])
    """
    yield from passwords(text)
    if path[-2:-1] == ("headers",) and TELLING.search(str(path[-1])):
        yield re.sub(r"^[A-Za-z][\w-]*\s+(?=\S+$)", "", text)  # the scheme is no secret


def passwords(text: str) -> Iterator[str]:
    """The password of a URL or of a PostgreSQL connection string, as written and decoded.

    >>> list(passwords("https://u:p%40ss@h/x")), list(passwords("host=h password='a b'"))
    (['p%40ss', 'p@ss'], ['a b'])
    """
    if "://" in text and (login := LOGIN.match(text) or LOOSE.match(text)):
        yield from dict.fromkeys((login[1], unquote(login[1])))
    elif "password" in text:
        yield from (quoted or bare for quoted, bare in CONNINFO.findall(text))
