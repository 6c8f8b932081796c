"""Which parts of a string are secret, by the place where it stands in the rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from dropmon.rules.nodes import Steps
from dropmon.secrets import SHORTEST

ADDRESSES = frozenset({"url", "urls", "webhook", "endpoint", "status_page", "proxy", "prometheus"})
LOGIN = re.compile(r"^\w[\w+.-]*://[^/?#@:]*:([^/?#]*)@")
LOOSE = re.compile(r"^\w[\w+.-]*://[^/?#@:]*:(.*)@")  # a password with a / in it, pasted as it is
MISSPELT = re.compile(r"^postgres(?:ql)?(?!://)[:/]+[^/?#@:]*:(.*)@")
HOST = re.compile(r"[^:/?#\s]*")
QUERY = re.compile(r"[?&](?:ssl)?password=([^&#]*)")
QUOTED = r"'((?:\\.|[^'\\])*)'(?=\s|$)"
IN_TEXT = re.compile(rf"\b(?:ssl)?password\s*=\s*(?:{QUOTED}|(\S+))")
CONNINFO = re.compile(  # a bare value with a blank is a mistake: what follows is no option, and secret, too
    rf"\b(?:ssl)?password\s*=\s*(?:{QUOTED}|(.*?)(?=\s+[a-z_]{{4,}}\s*=|\s*$))", re.DOTALL
)
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
    """The password of a URL or of a PostgreSQL connection string, as written and decoded, and every part of it that a
    message would quote where somebody left a `@` or a blank in it as it is.

    >>> list(passwords("https://u:p%40ss@h/x")), list(passwords("host=h password='a b'"))
    (['p%40ss', 'p@ss'], ['a b'])
    >>> list(passwords("postgresql://u:one@tail@h/x")), list(passwords("password=four tail dbname=d"))
    (['one@tail', 'tail'], ['four tail', 'four', 'tail'])
    """
    if "@" not in text and "password" not in text:
        return iter(())
    return iter(dict.fromkeys(found for found in (*_of_url(text), *_of_conninfo(text)) if found))


def _of_url(text: str) -> Iterator[str]:
    if login := MISSPELT.match(text) or ("://" in text and (LOGIN.match(text) or LOOSE.match(text))):
        host = HOST.match(text, login.end())
        yield from (login[1], unquote(login[1]))
        for tail in _tails(login[1], host[0] if host else ""):
            yield from (tail, unquote(tail))
    if "password=" in text and re.match(r"\w[\w+.-]*://", text):
        for value in QUERY.findall(text):
            yield from (value, unquote(value))


def _tails(password: str, host: str) -> Iterator[str]:
    """What stands after each `@` of a password, where libpq believes the host, the port and the database to begin.

    A part that is too short to be masked is told together with the host.

    >>> list(_tails("one@two:tail", "h")), list(_tails("one@t9", "h"))
    (['two:tail', 'two', 'tail'], ['one@t9@h', 't9@h'])
    """
    _, *tails = password.split("@")
    for number, first in enumerate(tails):
        tail = "@".join(tails[number:])
        if len(tail) < SHORTEST:
            yield from (f"{password}@{host}", f"{tail}@{host}")
        else:
            yield from (tail, *(part for part in re.split(r"[:/,]", first)))


def _of_conninfo(text: str) -> Iterator[str]:
    if "password" not in text or "://" in text.partition("=")[0]:
        return
    form = CONNINFO if re.match(r"\s*\w+\s*=", text) else IN_TEXT
    for quoted, bare in form.findall(text):
        yield from (quoted or bare, re.sub(r"\\(.)", r"\1", quoted or bare))
        for word in bare.split():
            short = len(word) < SHORTEST  # to be masked alone: then together with the words of libpq's complaint
            yield f'after "{word}"' if short else word.strip("'")
