"""Entries for people: one line each, what it said first, then what goes with it, then its trace.

Straight to a string, without Rich: two hundred thousand entries pass in a second. Nothing of an entry reaches the
terminal as it is: no control sequence, no line that it made up, no secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import lru_cache
from itertools import islice

from dropmon.logs.entry import Entry
from dropmon.logs.level import Level
from dropmon.output import clean
from dropmon.secrets import mask
from dropmon.units import human_duration

LONGEST = 4000  # characters of a line; what is more is counted
LONGEST_VALUE = 200  # characters of one value of the context
MOST_LINES = 100  # of a message or of a trace
MOST_VALUES = 50  # of a context
INDENT = "    "
NO_TIME = "-".ljust(12)
CODES = {
    Level.UNKNOWN: "2", Level.TRACE: "2", Level.DEBUG: "2", Level.INFO: "32",
    Level.WARN: "33", Level.ERROR: "1;31", Level.FATAL: "1;37;41",
}  # fmt: skip
DIM, NAME, END = "\x1b[2m", "\x1b[36m", "\x1b[0m"
WORDS = {level: ("-" if level is Level.UNKNOWN else level.name).ljust(5) for level in Level}
COLOURED = {level: f"\x1b[{CODES[level]}m{word}{END}" for level, word in WORDS.items()}
COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_BARE = re.compile(r"[^\s\"'=]+")


def wants_colour(environment: Mapping[str, str], terminal: bool) -> bool:
    """Whether colours are wanted (no-color.org).

    >>> wants_colour({}, True), wants_colour({"NO_COLOR": "1"}, True), wants_colour({}, False)
    (True, False, False)
    """
    return terminal and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


class Show:
    """Shows entries one after the other; the date stands between those of two days.

    >>> from datetime import UTC
    >>> show = Show(colour=False, zone=UTC)
    >>> print(show(Entry(b"", Level.ERROR, 1795415402.0, "failed", function="pay", context={"code": "E_CARD"})), end="")
    ── Monday 2026-11-23 ──
    06:30:02.000 ERROR pay failed  code=E_CARD
    """

    def __init__(self, colour: bool, zone: tzinfo | None = None) -> None:
        """`zone` is of the times shown, None for the machine's."""
        self.zone = zone
        self.words = COLOURED if colour else WORDS
        self.dim, self.name, self.end = (DIM, NAME, END) if colour else ("", "", "")
        self.shown = ""  # the day of the last line
        self.second: int | None = None  # of which `day` and `clock` tell
        self.day = self.clock = ""

    def __call__(self, entry: Entry) -> str:
        """The entry's lines, each with its newline."""
        time = self.time(entry.time)
        message = said(entry)
        head, *more = lines(message) if "\n" in message or len(message) > LONGEST else (message,)
        pairs = told(entry)
        name, head, *values = harmless([origin(entry), head, *[brief(each) for _, each in pairs]])
        line = f"{time} {self.words[entry.level]} "
        line += f"{self.name}{cut(name, LONGEST_VALUE)}{self.end}{head and ' '}{head}" if name else head
        if pairs:
            keys = [label(key) for key, _ in pairs]
            line += "  " + " ".join(
                [f"{self.dim}{key}{self.end}{value}" for key, value in zip(keys, values, strict=True)]
            )
        if len(entry.context) > MOST_VALUES:
            line += f" … (+{len(entry.context) - MOST_VALUES} values)"
        line = line.rstrip() + "\n"
        if more:
            line += "".join(f"{INDENT}{each}\n" for each in more)
        if entry.trace:
            line += "".join(f"{INDENT}{self.dim}{each}{self.end}\n" for each in trace(entry))
        return line

    def time(self, seconds: float | None) -> str:
        """The time of day to the millisecond; before it the date, where a day begins."""
        try:
            whole, thousandths = divmod(round((seconds or 0) * 1000), 1000)
            if whole != self.second:
                when = datetime.fromtimestamp(whole, self.zone)
                self.second, self.day, self.clock = whole, f"{when:%A %Y-%m-%d}", f"{when:%H:%M:%S}"
        except (ValueError, OverflowError, OSError):  # not of our calendar
            seconds = None
        if seconds is None:
            return f"{self.dim}{NO_TIME}{self.end}"
        separator = "" if self.day == self.shown else f"{self.dim}── {self.day} ──{self.end}\n"
        self.shown = self.day
        return f"{separator}{self.dim}{self.clock}.{thousandths:03}{self.end}"


def said(entry: Entry) -> str:
    """The message; what came, if nothing of it was understood."""
    if entry.message or entry.context or entry.status or entry.duration is not None:
        return entry.message
    return entry.raw[: 4 * LONGEST].decode(errors="replace")


def told(entry: Entry) -> list[tuple[str, object]]:
    """The values beside the message: the context, then what names the request."""
    context = entry.context
    pairs: list[tuple[str, object]] = [
        (key, value) for key, value in islice(context.items(), MOST_VALUES) if value != entry.message or not value
    ]  # the message may be a value of the context, and is not said twice
    for key, value in (("requestId", entry.request), ("userId", entry.user), ("status", entry.status)):
        if value is not None and key not in context:
            pairs.append((key, value))
    if entry.duration is not None and "duration" not in context:
        pairs.append(("duration", duration(entry.duration)))
    return pairs


def origin(entry: Entry) -> str:
    """The function or service; of a function that is known by its id alone, the id's first eight letters.

    >>> origin(Entry(b"", function="6d7d2b0f-2c0e-4b6f-9d2b-0c2f7c1f0a11")), origin(Entry(b"", service="drop-api"))
    ('6d7d2b0f', 'drop-api')
    """
    name = entry.function or entry.service or ""
    return name[:8] if UUID.fullmatch(name) else name


def harmless(texts: list[str]) -> list[str]:
    r"""The texts as they may be shown. Nearly always that is as they are, which is seen at one glance.

    >>> harmless(["a", "b\x1b[31m"])
    ['a', 'b']
    """
    whole = "".join(texts)
    return texts if whole.isprintable() and mask(whole) == whole else [clean(text) for text in texts]


def duration(seconds: float) -> str:
    """As one word.

    >>> duration(0.12), duration(float("inf"))
    ('120ms', 'inf')
    """
    return human_duration(seconds).replace(" ", "") if 0 <= seconds < 1e12 else str(seconds)


def lines(text: str) -> list[str]:
    """The lines of a text, one at least, each made harmless."""
    if "\n" not in text:
        return [cut(clean(text))]
    found = [line for line in mask(text).replace("\r\n", "\n").strip("\n").split("\n") if line.strip()] or [""]
    kept = [cut(clean(line)) for line in found[:MOST_LINES]]
    return [*kept, f"… (+{len(found) - MOST_LINES} lines)"] if len(found) > MOST_LINES else kept


def trace(entry: Entry) -> list[str]:
    """The trace without the message that it may begin with."""
    found = lines(entry.trace)
    return found[1:] if len(found) > 1 and found[0].strip() == entry.message else found


def cut(text: str, longest: int = LONGEST) -> str:
    """A text that says how much of it is missing.

    >>> cut("abcdef", 4)
    'abcd… (+2 characters)'
    """
    return text if len(text) <= longest else f"{text[:longest]}… (+{len(text) - longest} characters)"


@lru_cache(maxsize=1024)
def label(key: str) -> str:
    return cut(clean(str(key)), LONGEST_VALUE) + "="


def brief(value: object) -> str:
    """A value as one word, or between quotes. Not yet harmless.

    >>> brief("E_CARD"), brief("two words"), brief(42), brief({"a": [1]}), brief(None)
    ('E_CARD', '"two words"', '42', '{"a":[1]}', 'null')
    """
    if isinstance(value, str) and _BARE.fullmatch(value):
        return value if len(value) <= LONGEST_VALUE else cut(mask(value), LONGEST_VALUE)
    try:
        text = str(value) if type(value) is int else COMPACT.encode(mask(value) if isinstance(value, str) else value)
    except (ValueError, TypeError, RecursionError):
        return "…"
    return text if len(text) <= LONGEST_VALUE else cut(mask(text), LONGEST_VALUE)
