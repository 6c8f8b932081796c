"""What messages have in common: their words without what varies, such as numbers, ids and addresses.

Which template a message has is told by that message alone. Templates that differ in a few words are joined at the end,
from all of them at once, so that neither the order of the messages nor who read which of them makes a difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

LONGEST = 300  # characters of a message that are looked at
WORDS = 4  # a template of fewer is joined with no other
ALIKE = 0.7  # share of the words that must be the same
VARIANTS = 3  # templates that differ by a word: of fewer that word is no variable
ANY = "<*>"

_MASKS = (
    ("url", r"\b[a-z][a-z0-9+.-]{1,20}://[^\s\"'<>)\]]+"),
    ("text", r"\"[^\"\n]{0,200}\"|(?<!\w)'[^'\n]{0,200}'(?!\w)|`[^`\n]{0,200}`"),
    ("uuid", r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"),
    ("mail", r"[\w.+-]+@[\w-]+\.[\w.-]*\w"),
    ("time", r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"),
    ("clock", r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b"),
    ("ip", r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b|\[?\b(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{1,4}\b\]?"),
    ("hex", r"\b0x[0-9a-fA-F]+\b|\b(?=[a-f]*\d)[0-9a-f]{8,}\b|\b(?=[A-F]*\d)[0-9A-F]{8,}\b"),
    ("duration", r"(?<![\w.])\d+(?:\.\d+)?\s?(?:ns|us|µs|ms|s|sec|seconds?|m|min|minutes?|h|hours?|d|days?)\b"),
    ("id", r"\b[a-zA-Z]{1,8}_(?=\w*\d)\w+"),
    ("num", r"\d+(?:[.,]\d+)*(?:[eE][+-]?\d+)?"),
)  # fmt: skip
"""What varies, by name; of those that begin at one place the first counts."""
_MASK = re.compile("|".join(f"(?P<{name}>{source})" for name, source in _MASKS), re.ASCII)
_BLANK = re.compile(r"\s+")


def template(message: str) -> str:
    """The first line of a message without what varies.

    >>> template("connect ECONNREFUSED 10.0.0.5:5432 after 120ms"), template('order 42 of "Anna" failed: r_2f41')
    ('connect ECONNREFUSED <ip> after <duration>', 'order <num> of <text> failed: <id>')
    >>> template("GET https://api.example.com/v1/x?y=1 -> 502"), template("can't read user's cart")
    ('GET <url> -> <num>', "can't read user's cart")
    """
    line = message.strip()[:LONGEST].partition("\n")[0]
    return _BLANK.sub(" ", _MASK.sub(_name, line)).strip()


def _name(found: re.Match[str]) -> str:
    return f"<{found.lastgroup}>"


def joined(counts: Mapping[str, int]) -> dict[str, str]:
    """For each template the one that stands for it: where enough of them differ in the same few words, one for all.

    >>> counts = {f"user {name} was not found": 1 for name in ("anna", "bert", "cleo")}
    >>> sorted(set(joined(counts | {"user anna was told nothing": 1}).values()))
    ['user <*> was not found', 'user anna was told nothing']
    """
    found = {}
    for _, alike in groupby(sorted(counts, key=_place), key=_place):
        for cluster in _clusters(sorted(alike, key=lambda each: (-counts[each], each))):
            common = _common(cluster) if len(cluster) >= VARIANTS else None
            found.update({each: common or each for each in cluster})
    return found


def _place(each: str) -> tuple[int, str]:
    words = each.split(" ")
    return (len(words), words[0]) if len(words) >= WORDS else (len(words), each)


def _clusters(templates: Iterable[str]) -> list[list[str]]:
    """Those of a place that are alike: each is compared with the first of a cluster."""
    clusters: list[list[str]] = []
    heads: list[list[str]] = []
    for each in templates:
        words = each.split(" ")
        for cluster, head in zip(clusters, heads, strict=True):
            if _likeness(head, words) >= ALIKE:
                cluster.append(each)
                break
        else:
            clusters.append([each])
            heads.append(words)
    return clusters


def _likeness(one: Sequence[str], other: Sequence[str]) -> float:
    return sum(map(str.__eq__, one, other)) / len(one)


def _common(cluster: Iterable[str]) -> str:
    columns = zip(*(each.split(" ") for each in cluster), strict=True)
    return " ".join(words[0] if len(set(words)) == 1 else ANY for words in columns)


_FOREIGN = re.compile(r"\((?:node|ext|deno|internal)[:/]|/node_modules/|^at (?:node|ext|deno|internal):")


def frame(trace: str) -> str:
    r"""The innermost place in a stack trace that is the application's own, or else the innermost.

    >>> frame("    at connect (node:net:1651:14)\n    at handler (file:///source/index.ts:42:11)")
    'handler (file:///source/index.ts:42:11)'
    >>> frame('Traceback (most recent call last):\n  File "a.py", line 1, in f\n  File "b.py", line 2, in g\nE: x')
    'File "b.py", line 2, in g'
    """
    lines = [line.strip() for line in trace.split("\n", 200)]
    places = [line for line in lines if line.startswith("at ")]
    if places:
        return next((place for place in places if not _FOREIGN.search(place)), places[0]).removeprefix("at ").strip()
    return next((line for line in reversed(lines) if line.startswith('File "')), "")
