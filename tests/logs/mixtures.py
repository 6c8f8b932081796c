"""Streams that hold every format and every spoilt line, and what a judge of every block makes of them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import log_lines
from dropmon.logs import formats
from dropmon.logs.block import blocks
from dropmon.logs.formats import keys, phrases
from dropmon.logs.formats.phrases import LOGFMT
from dropmon.logs.level import KEYS, SCALES, WORDS
from dropmon.logs.query import Query

SAMPLES = Path(__file__).parent / "samples"
FILES = tuple(path.read_bytes() for path in sorted(SAMPLES.iterdir()) if path.suffix != ".md")
LINES = tuple(line + b"\n" for data in FILES for line in data.split(b"\n"))
NAMES = (
    *KEYS,
    *SCALES,
    "type",
    "event_type",
    "metadata_event_type",
    "statusCode",
    "reason",
    "name",
    "Name",
    "no",
    "No",
    "_tag",
)
LEVEL_WORDS = tuple(word for words in WORDS.values() for word in words)
EVENTS = (*keys.EVENTS, *keys.REASONS, "Shutdown", "Error")
NUMBERS = (
    "50",
    "60",
    "40",
    "50.0",
    "5e1",
    "4.5E1",
    "500",
    "17",
    "21",
    "13",
    "3",
    "0",
    "2",
    "4",
    "-1",
    "-0",
    "0.5e2",
    "0.06E3",
    "400e-1",
    "49.9",
    "1e400",
    "NaN",
    "Infinity",
    "-Infinity",
    "9" * 40,
    "3.0",
    "0e0",
    "1.3e1",
    '"50"',
    '" 60 "',
    '"050"',
    '"50.5"',
    '"3"',
    '"03"',
    '" 3"',
    '"-1"',
    '"\\t50"',
    '"0003"',
    '"17"',
)
OTHERS = (
    "null",
    "true",
    "[]",
    "{}",
    '""',
    '["error"]',
    '{"name":"ERROR","no":40}',
    '{"Name":"WARNING","No":30}',
    '{"no":50}',
    '[{"level":"error"}]',
)
SPACES = (*("",) * 6, " ", "\t", " \t ", "\r", "  ")
OTEL = ("SEVERITY_NUMBER_ERROR", "ERROR2", "SEVERITY_NUMBER_FATAL3", "WARN4")


def value(dice: random.Random) -> str:
    """What may stand under a key that names a level."""
    kind = dice.randrange(10)
    if kind < 5:
        return json.dumps(padded(dice, cased(dice, dice.choice(LEVEL_WORDS))))
    if kind == 5:
        return json.dumps(dice.choice((*EVENTS, *OTEL)))
    return dice.choice(NUMBERS if kind < 9 else OTHERS)


def cased(dice: random.Random, word: str) -> str:
    return dice.choice((str.lower, str.lower, str.upper, str.title, str.swapcase))(word)


def padded(dice: random.Random, word: str) -> str:
    front, behind = (
        dice.choice(("", "", "", " ", "\t", "\n", "\r", "\f", "\v", "\x1c", "\x1f", "  ")) for _ in range(2)
    )
    return front + word + behind


def pair(dice: random.Random, key: str, said: str) -> str:
    spaces = [dice.choice(SPACES) for _ in range(2)]
    return f'"{key}"{spaces[0]}:{spaces[1]}{said}'


def document(dice: random.Random, depth: int = 0) -> str:
    """An object in which a level may stand anywhere."""
    pairs = [pair(dice, dice.choice(NAMES), value(dice)) for _ in range(dice.randrange(3))]
    if dice.random() < 0.4:
        pairs.append(
            pair(dice, dice.choice((*keys.MARKS, "message", "msg", "error", "code")), json.dumps(phrase(dice)))
        )
    if dice.random() < 0.2:
        pairs.append(
            pair(
                dice,
                dice.choice(("deploymentId", "stream", "time", "__REALTIME_TIMESTAMP", "@t", "function", "eventId")),
                '"x"',
            )
        )
    if depth < 3 and dice.random() < 0.5:
        inner = document(dice, depth + 1)
        holder = dice.choice((*keys.NESTED, *keys.EVENT_HOLDERS, "context", "error", "jsonPayload", "data", "body"))
        pairs.append(pair(dice, holder, dice.choice((inner, inner, f"[{inner}]"))))
    if depth < 3 and dice.random() < 0.4:
        pairs.append(pair(dice, dice.choice((*keys.MARKS, "message", "msg")), quoted(dice, document(dice, depth + 1))))
    dice.shuffle(pairs)
    return "{" + ",".join(pairs) + "}"


def quoted(dice: random.Random, text: str) -> str:
    """A text as a string of JSON, as several makers write it."""
    written = json.dumps(text, ensure_ascii=dice.random() < 0.5)
    return written.replace('\\"', "\\u0022") if dice.random() < 0.1 else written


PHRASES = (
    "2026-11-23 06:30:02,123 - payments - ERROR - card refused",
    "user=postgres,db=postgres,app=x ERROR:  relation",
    "2026-11-23 06:30:02 UTC:10.0.0.1(5432):u@db:[123]:ERROR:  relation",
    "\u274c Error: x",
    "\u26a0\ufe0fERROR",
    "RequestId: 1 Error: Runtime exited",
    "REPORT RequestId: 1 Status: timeout",
    "fail: Ns.Class[0]",
    "[E] x",
    "12:00:01 [W] x",
    "[TypeError [ERR_X]: y]",
    "requests.exceptions.ConnectTimeout: host",
    "KeyboardInterrupt",
    "DeprecationWarning: old",
    "{ level: 'error', message: 'x' }",
    "{'lvl': 'fatal'",
    "a\rERROR b\rTypeError\rc",
    'pod-1 container {"level":"error"}',
    "job-42 finished ERROR budget left",
    "Nov 23 10:00:00 level=error app: payment failed",
    "2026-11-23T10:00:00+01:00 ERROR, app: payment failed",
    "2026-11-23T10:00:00Z severity=ERROR logger[3]: refused",
    'Traceback (most recent call last):\n  File "x.py", line 1\n    f()\nValueError: x',
    "During handling of the above exception, another exception occurred:\n",
    '{"level":"error"},',
    '[[{"level":50}],{"level":"info"},{"lev',
    '"level": "error",',
    '{\n"level": "error"\n},',
    '"{\\"level\\":\\"error\\"}"',
    '{"short_message":"x","version":"1.1","level":3}',
    '{"level":400,"level_name":"CRITICAL"}',
    '{"level":"\\u001b[31merror\\u001b[39m"}',
    '{"type":"platform.report","record":{"status":"timeout"}}',
    '{"errorType":"Error","errorMessage":"x"}',
    '{"error":"Unauthorized"}',
    '{"MESSAGE":[69,82,82,79,82,58,32,120],"PRIORITY":"6"}',
    '{"body":{"kvlistValue":{"values":[{"key":"level","value":{"intValue":"50"}}]}}}',
    '{"message":"x","rowId":"1","logs":[{"level":"fatal","message":"y"},{"level":"fatal error","message":"ERROR z"}]}',
    "<html><title>502 Bad Gateway</title>",
    "Row 1",
)


def phrase(dice: random.Random) -> str:
    """A line of plain text whose level, if it has one, stands in one of the places where it counts."""
    word = cased(dice, dice.choice(LEVEL_WORDS))
    said = dice.choice(
        (
            f"[{word}]",
            f"[{word}   ]",
            f"[core:{word}]",
            f"[ {word}]",
            f"[17 {word.upper()} x]",
            word.upper(),
            f"{word}:",
            f"{word}[12]:",
            f"app.{word.upper()}:",
            f"{dice.choice(sorted(LOGFMT))}={word}",
            f'x=1 {dice.choice(sorted(LOGFMT))}="{word}"',
            dice.choice(phrases.SENTENCES)[1],
            f"{dice.choice('IWEF')}1123 12:34:56.789",
            "TypeError: x",
            "com.acme.PayException",
            f"<{dice.randrange(192)}>1 2026-11-23T06:33:09Z h a p m -",
            f"POST | {dice.choice((200, 404, 500))} | https://x",
            "thread 'main' panicked at x",
            f"Http{word.title()}:",
            f"{word} budget ok",
            "panic: runtime",
            *PHRASES,
            document(dice, 3),
        )
    )
    front = dice.choice(
        (
            "",
            "",
            "2026-11-23T06:33:09.984Z ",
            "12:00:01 ",
            "web-1  | ",
            "2026-11-23T06:33:09.984Z functions ",
            "[x] ",
            "\x1b[31m",
            "\u2028",
            "\x0c",
            "x ",
            "api:dev: ",
            "data: ",
            "web-1 web ",
            "2026-11-23T06:33:09Z app[d89] cdg [info]",
            "2026-11-23T06:33:09.984123+00:00 host node[12]: ",
            "2026-11-23T06:33:09+0000 host kernel: ",
            "2026-11-23T06:33:09.984123+00:00 app[web.1]: ",
            "Nov 23 06:33:09 host kernel: ",
            '2026-11-23T06:33:09.984Z {app="x", level="error"} ',
        )
    )
    return (
        front
        + said
        + dice.choice(("", " payment failed", "\x1b[0m x", "\tx", "\n  at f\n", "\\n", ": x", "\n[Error] y"))
    )


def produced(dice: random.Random) -> bytes:
    """An entry by one of the producers of the benchmark."""
    writer = dice.choice(log_lines.PRODUCERS)[1]
    return writer(log_lines.Moment(dice, log_lines.START + dice.random() * 1000, dice.random() < 0.5)).encode() + b"\n"


def enveloped(dice: random.Random, text: str) -> str:
    """A text in a row of a platform."""
    inner = quoted(dice, text)
    return (
        dice.choice(
            (
                '{"event_message":%s}',
                '{"line":%s,"data":{}}',
                '{"log":%s,"stream":"stderr"}',
                '{"message":%s,"deploymentId":"d"}',
                '{"message":%s,"level":"info"}',
                '{"MESSAGE":%s,"PRIORITY":"6"}',
                '{"textPayload":%s}',
                '{"body":{"stringValue":%s}}',
                '{"msg":%s}',
                '[{"event_message":%s}]',
                '{"message":%s,"ddsource":"x"}',
                '{"streams":[{"stream":{},"values":[["1",%s]]}]}',
                '2026-11-23T06:33:09.984000000Z {"level":"log","event_message":%s}',
                'web-1  | {"msg":%s}',
            )
        )
        % inner
    )


def entry(dice: random.Random) -> bytes:
    """Any entry, with its newline; or lines that are part of one."""
    kind = dice.randrange(8)
    if kind == 0:
        return dice.choice(LINES)
    if kind == 1:
        return produced(dice)
    if kind == 2:
        return dice.choice(FILES) if dice.random() < 0.3 else dice.choice(LINES)
    if kind == 3:
        return enveloped(dice, phrase(dice)).encode("utf-8", "replace") + b"\n"
    if kind == 4:
        return enveloped(dice, document(dice)).encode() + b"\n"
    if kind == 5:
        return phrase(dice).encode() + b"\n"
    if kind == 6:
        return enveloped(dice, enveloped(dice, dice.choice((document, phrase))(dice))).encode() + b"\n"
    return document(dice).encode() + b"\n"


def escape(dice: random.Random, data: bytes) -> bytes:
    """One character is written as a \\u escape."""
    at = dice.randrange(len(data))
    slashes = b"\\" * dice.choice((1, 1, 2, 4))
    digits = f"{data[at]:04x}" if dice.random() < 0.5 else f"{data[at]:04X}"
    return data[:at] + slashes + b"u" + digits.encode() + data[at + 1 :]


def escape_of_a_letter(dice: random.Random, data: bytes) -> bytes:
    """A letter of a level's name is written as a \\u escape."""
    low = data.lower()
    found = [at for word in (b"error", b"fatal", b"level", b"warn", b"panic") if (at := low.find(word)) >= 0]
    at = dice.choice(found) + dice.randrange(4) if found else 0
    return data[:at] + f"\\u{data[at]:04x}".encode() + data[at + 1 :]


def insertion(dice: random.Random, data: bytes) -> bytes:
    """Something that does not belong there."""
    at = dice.randrange(len(data) + 1)
    piece = dice.choice(
        (
            b"\0",
            b"\xef\xbb\xbf",
            b"\r",
            b"\n",
            b"\r\n",
            b"\x1b[31m",
            b"\x1b[0m",
            b"\x1b]0;x\x07",
            b"[",
            b"]",
            b"{",
            b"}",
            b'"',
            b"\\",
            b"\xff",
            b"\xe2\x80\xa8",
            b"\x0c",
            b"\t",
            b" ",
            b"[Error] ",
            b'"level":"error",',
            b"ERROR ",
            b"\xc2\x85",
            b"\xe2\x84\xaa",
            b"|",
            b":",
            b"=",
            b"\x1f",
            b"\n  at f (x)\n",
            b"\n{\n",
            b"\n}\n",
        )
    )
    return data[:at] + piece + data[at:]


def change_of_case(dice: random.Random, data: bytes) -> bytes:
    start = dice.randrange(len(data))
    stop = start + dice.randrange(40)
    return data[:start] + data[start:stop].swapcase() + data[stop:]


def cut(dice: random.Random, data: bytes) -> bytes:
    """The line ends in the middle."""
    return data[: dice.randrange(len(data))] + dice.choice((b"\n", b""))


def loss(dice: random.Random, data: bytes) -> bytes:
    start = dice.randrange(len(data))
    return data[:start] + data[start + dice.randrange(8) :]


def doubling(dice: random.Random, data: bytes) -> bytes:
    """A line carries a line."""
    return enveloped(dice, data.decode("utf-8", "replace").rstrip("\n")).encode() + b"\n"


Mutation = Callable[[random.Random, bytes], bytes]
MUTATIONS: tuple[Mutation, ...] = (
    escape,
    escape_of_a_letter,
    insertion,
    insertion,
    change_of_case,
    cut,
    loss,
    doubling,
)


def stream(seed: int, most: int = 12) -> bytes:
    """Some entries, many of them spoilt."""
    dice = random.Random(seed)
    pieces = []
    for _ in range(dice.randrange(1, most)):
        piece = entry(dice)
        for _ in range(dice.choice((0, 0, 1, 1, 2, 3))):
            piece = dice.choice(MUTATIONS)(dice, piece) if piece else piece
        pieces.append(piece)
    return b"".join(pieces)


def judged(data: bytes, query: Query) -> bytes:
    """The answer of a judge who reads every block from end to end."""
    return b"".join(answer(data[start:stop], query) for start, stop in blocks(data))


def answer(block: bytes, query: Query) -> bytes:
    """What is wanted of one block."""
    entries = formats.entries(block)
    return b"".join(entry.raw + b"\n" for entry in entries if query.passes(entry))


def spread(data: bytes) -> Iterator[bytes]:
    """Its blocks, with their newlines."""
    for start, stop in blocks(data):
        yield data[start:stop] + b"\n"
