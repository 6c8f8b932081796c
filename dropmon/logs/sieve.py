r"""Which places of a buffer can be a wanted entry: a necessary condition on raw bytes, before anything is parsed.

Every route by which `formats` finds a level leaves bytes behind. The patterns here are generated from the same tables,
so that none of them is forgotten; what they find too much, the judge throws out. JSON may stand in a string of JSON (a
row of a platform), hence `\\*"` for every quote; a letter may be written as `\u0065`, hence `\\u00[4-7]` by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from dropmon.logs.formats import keys, routes
from dropmon.logs.level import KEYS, SCALES, STEPS, WORDS, Level

if TYPE_CHECKING:
    from dropmon.logs.engine import Engine
    from dropmon.logs.query import Query

_QUOTE = r'(?:\\*"|\\+u0022)'
_APOSTROPHE = r"(?:'|\\+u0027)"  # of an object as Node and Python print it
_SPACE = r"(?:[ \t\r\n\f\v]|\\+[tnr])*"
_INSIDE = r"(?:[ \t\r\n\f\v]|\\+[tnrfvb]|\\+u00[012][0-9A-Fa-f])*"  # what is stripped from a word
_COLON = rf"{_QUOTE}{_SPACE}:{_SPACE}"
_BYTES = rf"MESSAGE{_COLON}\[\s*[0-9]"  # journald writes a message that is no UTF-8 as an array of numbers
_TYPED = rf"Value{_COLON}{_QUOTE}?{_INSIDE}"  # OpenTelemetry's pairs, whose keys stand elsewhere


class Pattern(NamedTuple):
    """A regular expression over bytes, and whether the case of ASCII letters counts in it."""

    source: str
    cased: bool = True


def patterns(least: Level) -> tuple[Pattern, ...]:
    """What entries of at least this level leave behind. Below WARN nearly every line would: there is no sieve."""
    return (*_documents(least), *(Pattern(each) for each in routes.filled(least)))


def of(query: Query) -> tuple[Pattern, ...]:
    """What every wanted entry leaves behind, or nothing when too many do: then all are judged."""
    literals = query.needs()
    if literals:
        hidden = map(Pattern, (r"\\u00", r"\x1b", _BYTES, *_verdicts(Level.FATAL)))
        return (Pattern(_verbatim(max(literals, key=len))), *hidden)
    least = min(query.only) if query.only else query.least
    return patterns(max(least, query.least or least)) if least is not None and least >= Level.WARN else ()


def _verbatim(literal: bytes) -> str:
    r"""An expression that finds these bytes.

    >>> _verbatim(b"a.b")
    '\\x61\\x2e\\x62'
    """
    return "".join(f"\\x{byte:02x}" for byte in literal)


def _documents(least: Level) -> tuple[Pattern, ...]:
    words = "|".join(word for level, each in WORDS.items() if level >= least for word in each)
    names = "|".join(sorted({_ending(key) for key in KEYS}))
    return (
        # whatever the key: those that name a level stand in every line, the words in few, and each place found costs
        Pattern(rf":{_SPACE}{_QUOTE}{_INSIDE}(?:{words}){_INSIDE}{_QUOTE}", cased=False),
        Pattern(rf":{_SPACE}{_APOSTROPHE}{_SPACE}(?:{words})", cased=False),
        Pattern(rf"(?:{names}){_COLON}{_QUOTE}?{_INSIDE}{_numbers(least, 'pino')}", cased=False),
        Pattern(rf"short_message{_COLON}"),  # GELF, whose levels are syslog's
        Pattern(rf"{_TYPED}(?:-?[0-9]|SEVERITY|(?i:{words}))"),
        Pattern(_BYTES),
        *(
            Pattern(rf"{key}{_COLON}{_QUOTE}?{_INSIDE}(?:{_numbers(least, scale)}|[A-Za-z])")
            for key, scale in SCALES.items()
        ),
        Pattern(rf"{_QUOTE}no{_COLON}{_QUOTE}?{_INSIDE}{_numbers(least, 'python')}", cased=False),
        Pattern(r"\\u00[4-7]|\\u003[0-9aA]"),
        *(Pattern(each) for each in _verdicts(least)),
    )


def _ending(key: str) -> str:
    """Enough of a key to know it by.

    >>> _ending("log.level"), _ending("severityText")
    ('level', 'severitytext')
    """
    return "level" if key.lower().endswith("level") else key.lower()


def _verdicts(least: Level) -> tuple[str, ...]:
    """What the platform says of a function; and objects by which an input says that it failed, told at any level.

    Bodies of an HTTP API are not among them: these stand first in an input, where everything is judged.
    """
    failed = (rf"error{_COLON}\{{", rf"_tag{_COLON}{_QUOTE}Error")
    if least > Level.ERROR:
        return failed
    reasons = "|".join(keys.REASONS)
    return (
        *keys.EVENTS,
        rf"reason{_COLON}{_QUOTE}(?:{reasons})",
        rf"{keys.CRASH_KEY}{_COLON}{_QUOTE}?{keys.CRASH}",
        *keys.INVOKED,
        rf"errorMessage{_COLON}",
        *failed,
    )


def _numbers(least: Level, scale: str) -> str:
    """The beginning of every JSON number that is at least this level on a scale, and of some that are not.

    >>> _numbers(Level.ERROR, "pino"), _numbers(Level.ERROR, "syslog")
    ('(?:[5-9][0-9]|[0-9]{3}|[0-9][0-9.]*[eE])', '-?[0-3]')
    """
    steps = {level: number for number, level in STEPS[scale]}
    if scale == "syslog":
        return f"-?[0-{steps[least] if least < Level.FATAL else 2}]"
    tens = max(1, int(steps[least]) // 10)
    return rf"(?:[{tens}-9][0-9]|[0-9]{{3}}|[0-9][0-9.]*[eE])"


def compiled(wanted: Sequence[Pattern], keep: bool = True) -> Engine | None:
    """What finds the ends of all matches in a buffer, in order; None without Hyperscan: then all is judged.

    With `keep` it is compiled once for all runs.
    """
    from dropmon.logs.engine import Engine

    try:
        return Engine([(each.source.encode(), each.cased) for each in wanted], keep)
    except ImportError:
        return None
