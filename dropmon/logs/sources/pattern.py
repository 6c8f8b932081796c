"""The filter patterns of CloudWatch. Pure.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html
"""

from __future__ import annotations

import re

from dropmon.logs.formats.phrases import SENTENCES
from dropmon.logs.level import Level
from dropmon.logs.query import Query
from dropmon.logs.sources.wide import keys, safe, threshold, words

LONGEST = 1024  # characters of a filter pattern
ESCAPED = r"\\u00"
ELSEWHERE = (
    "[Ee]xception", "Traceback", ESCAPED, r"\x1b", r"\Wno\W+\d", r"^\W\d\d?\d?\W", r"[EFW]\d{4}\s",
    r"\|\s[45]\d\d", r"statusCode\W+-1", "[Ss]hutdown", "BootFailure",
)  # fmt: skip


def pattern(want: Query) -> str:
    r"""The filter pattern of what may be wanted: one regular expression, which has no (?i), no parentheses, no quotes.

    >>> from dropmon.logs.query import Query
    >>> pattern(Query(requests=("r_1.2",))), pattern(Query())
    ('%r_1\\.2|\\\\u00%', '')
    """
    for values in (want.requests, want.users):
        if safe(values):
            return limited([*(re.escape(value) for value in values), ESCAPED])
    least = threshold(want)
    return limited(texts(least)) if least else ""


def texts(least: Level) -> list[str]:
    """What stands in every event of at least this level."""
    named = words(least)
    spoken = [said for level, said in SENTENCES if level >= least and not any(each in said.lower() for each in named)]
    stems = {key for key in keys() if not any(other != key and other in key for other in keys())}
    numbered = [rf"{folded(stem)}\w*\W+\d" for stem in sorted(stems)]
    return [
        *map(folded, named),
        *(re.sub(r"\W+", r"\\W+", said.strip(" :!")) for said in spoken),
        *numbered,
        *ELSEWHERE,
    ]


def folded(text: str) -> str:
    """
    >>> folded("err"), folded("@l")
    ('[Ee][Rr][Rr]', '@[Ll]')
    """
    return "".join(f"[{each.upper()}{each}]" if each.isalpha() else re.escape(each) for each in text)


def limited(found: list[str]) -> str:
    """The pattern, or none at all when it is longer than CloudWatch takes: then everything comes."""
    said = f"%{'|'.join(dict.fromkeys(found))}%"
    return said if len(said) <= LONGEST else ""
