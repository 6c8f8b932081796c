"""Lines of the commonest shapes, spoilt in every way that might matter to what is counted."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable

from benchmarks.log_lines import PRODUCERS, START, Moment
from dropmon.logs.counting import Counting, Counts
from dropmon.logs.formats.keys import ROLES
from dropmon.logs.likeness import COUNTED
from dropmon.logs.query import Query
from dropmon.logs.select import Selector

KEYS = [key for role in (*COUNTED, "message") for key in ROLES[role]]
KEYS += ["level", "severity", "levelno", "type", "context", "metadata", "log_attributes", "error", "labels", "record"]
KEYS += ["data", "line", "event_message", "deploymentId", "events", "result", "x", "logs", "requestPath", "log", "@t"]
TIMES = (
    "2026-11-23T06:31:02.125Z", "2026-11-23T06:31:02Z", "2026-11-23T06:31:61Z", "2026-11-23T24:31:02Z",
    "2026-11-23T06:31:02.5+01:00", "2026-11-23T06:31:02.123456+00:00", "2026-11-23 06:31:02,123", "2026-11-23T06:31:02",
    "1795415462000", 1795415462000, 1795415462, 1795415462000000, "yesterday",
)  # fmt: skip
VALUES: tuple[object, ...] = (
    None, True, False, 0, 1, 200, 500, 502, -1, 12.5, 1e20, 50, "", "error", "ERROR", "Info", "weird", " warn ", "500",
    "200", "12 ms", "-1", "success", "pay", "metric", "/functions/v1/hook", "[Error] x", "ERROR: x",
    "POST | 500 | https://x.example/functions/v1/hook?a=1", [], {}, ["pay"], {"name": "pay"}, {"function": "hook"},
    {"functionName": "hook", "level": "error"}, {"event_type": "BootFailure"}, {"level": "error"},
    {"event_type": "Shutdown", "reason": "Memory"}, {"code": "x", "message": "y"}, [{"message": "a", "level": "error"}],
    '{"level":"error","message":"inner"}', '{"type":"error","function":"pay","duration":7}', *TIMES,
)  # fmt: skip


def line(dice: random.Random) -> bytes:
    """A line, whole, changed or cut."""
    weights, writers = zip(*PRODUCERS, strict=True)
    (write,) = dice.choices(writers, [weight + 60 for weight in weights])
    at = START + dice.choice((0, 1, 59.9995, 60, 61.5, 3600)) + dice.randrange(100) / 7
    plain: str = write(Moment(dice, at, dice.random() < 0.5))
    start = plain.find("{")
    if start < 0 or dice.random() < 0.3:
        return cut(dice, plain).encode("utf-8", "replace") + b"\n"
    try:
        value, stop = json.JSONDecoder(strict=False).raw_decode(plain, start)
    except ValueError:
        return plain.encode() + b"\n"
    changed = document(dice, value)
    written = json.dumps(changed, separators=dice.choice(((",", ":"), (", ", ": "))), ensure_ascii=dice.random() < 0.5)
    return cut(dice, plain[:start] + written + plain[stop:]).encode() + b"\n"


def document(dice: random.Random, value: dict[str, object]) -> dict[str, object]:
    """An object with a few keys more, fewer or other, and so the objects and documents inside it."""
    found = dict(value)
    for _ in range(dice.choice((0, 0, 1, 1, 2))):
        found[dice.choice(KEYS)] = dice.choice(VALUES)
    if found and dice.random() < 0.15:
        found.pop(dice.choice(list(found)))
    for key, inner in value.items():
        if key not in found or found[key] is not inner or dice.random() < 0.5:
            continue
        if isinstance(inner, dict):
            found[key] = document(dice, inner)
        elif isinstance(inner, str) and inner.startswith("{"):
            found[key] = json.dumps(document(dice, json.loads(inner, strict=False))) + dice.choice(
                ("", "\n", "\r\n", "x")
            )
    return found


def cut(dice: random.Random, text: str) -> str:
    """A line as it is, or with something at a place of it that does not belong there."""
    if dice.random() < 0.85:
        return text
    at = dice.randrange(len(text) + 1)
    return (
        text[:at]
        + dice.choice(("", " ", "\n", "\n  at f (x.ts:1)\n", "\x1b[31m", "\0", '"', "{", "}", "é", "\\u0041"))
        + text[at + dice.randrange(2) :]
    )


class Slowly(Counting):
    """Counts what `entries` says of every block."""

    def __init__(self, query: Query) -> None:
        super().__init__(query)
        self._quick = False


class Bytes:
    """A reader of bytes, so many at once."""

    def __init__(self, data: bytes, most: int = 1 << 20) -> None:
        self._data = data
        self._most = most

    def readinto(self, view: memoryview) -> int:
        piece = self._data[: min(len(view), self._most)]
        view[: len(piece)] = piece
        self._data = self._data[len(piece) :]
        return len(piece)


def counted(judge: Counting, data: bytes, most: int = 1 << 20) -> Counts:
    """What a judge counts of a stream."""
    Selector(judge, lambda _: None).run(Bytes(data, most))
    return judge.counts()


def each(data: bytes) -> Iterable[bytes]:
    """The blocks of a stream."""
    found: list[bytes] = []

    class Keep(Counting):
        def __call__(self, block: bytes) -> bool:
            found.append(block)
            return False

    Selector(Keep(Query()), lambda _: None).run(Bytes(data))
    return found
