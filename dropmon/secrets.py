"""Secrets are masked by value, wherever they would come out.

A value becomes known here the moment it is read from the environment, a file or a query; every way out of the
program (output, warnings, errors, stored rows) passes its text through `mask`. Masking by value is what makes a
server that echoes a token, or a library that quotes a URL, harmless.
"""

from __future__ import annotations

import base64
import html
import json
from itertools import chain
from urllib.parse import quote, quote_plus

MASK = "•••"
SHORTEST = 4  # masking '1' or 'on' would eat the answer itself

_known: set[str] = set()
_longest_first: list[str] = []  # the same: a secret within a longer one must not break it


def spellings(value: str) -> set[str]:
    """The ways one value may be written: as it is, in a URL, in JSON, in HTML.

    >>> sorted(spellings('a b"c'))
    ['a b"c', 'a b&quot;c', 'a b\\\\"c', 'a%20b%22c', 'a+b%22c']
    """
    return {
        value, quote(value, safe=""), quote(value), quote_plus(value),
        json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], html.escape(value),
    }  # fmt: skip


def remember(value: str) -> str:
    """Makes a secret known, and returns it."""
    if len(value) >= SHORTEST and value not in _known:
        _known.update(spellings(value))
        _longest_first[:] = sorted(_known, key=len, reverse=True)
    return value


def basic(username: str, password: str) -> str:
    """What a basic-auth header carries: the password in another spelling (RFC 7617).

    >>> basic("Aladdin", "open sesame")
    'QWxhZGRpbjpvcGVuIHNlc2FtZQ=='
    """
    return base64.b64encode(f"{username}:{password}".encode()).decode()


def mask(text: str, also: tuple[str, ...] = ()) -> str:
    """The text without any known secret, and without those of `also` (a target's own).

    >>> mask("refused: Bearer tok_9x", also=("tok_9x",))
    'refused: Bearer •••'
    """
    own = sorted((each for value in also if len(value) >= SHORTEST for each in spellings(value)), key=len, reverse=True)
    for secret in chain(own, _longest_first):
        if secret in text:
            text = text.replace(secret, MASK)
    return text
