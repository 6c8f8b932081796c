"""Log lines of many producers in one stream, every trap among them: what the benchmarks of `dropmon logs` read.

python -m benchmarks.log_lines FILE --bytes 500000000 --errors 0.01
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

START = 1_795_415_400.0  # 2026-11-23T06:30:00Z
FUNCTIONS = ("claim-drop", "sync-stock", "price-watch", "webhook-shopify", "payout", "import-bigbuy")
MESSAGES = (
    "payment settled",
    "error budget ok",
    "stock level: 4 left",
    "0 errors in the last batch",
    "retry scheduled",
    "cart kept for 30 minutes",
    "price unchanged",
    "order shipped by BigBuy",
    "webhook accepted",
    "claim queued behind 12 others",
    "session renewed",
    "image resized",
)
FAILURES = ("payment failed", "connect ECONNREFUSED 10.0.0.5:5432", "upstream answered 502", "deadlock detected")
TRAPPED = 0.002  # of the application's entries name a level that is not theirs
BENIGN = ("debug", "info", "info", "info", "warn")
TRACE = (
    "    at createConnectionError (node:net:1651:14)\n    at afterConnect [as oncomplete] (node:net:1681:16)\n"
    "    at async handler (file:///tmp/user_fn_abcdefghijklmnopqrst_17/source/index.ts:42:11)\n"
)


class Moment(NamedTuple):
    """What a producer needs to write one entry."""

    dice: random.Random
    at: float  # seconds since 1970
    failed: bool

    @property
    def stamp(self) -> str:
        minute, second = divmod(self.at - START, 60)
        return f"2026-11-23T{6 + (30 + int(minute)) // 60 % 17:02d}:{(30 + int(minute)) % 60:02d}:{second:06.3f}Z"

    @property
    def level(self) -> str:
        return "error" if self.failed else self.dice.choice(BENIGN)

    @property
    def message(self) -> str:
        return self.dice.choice(FAILURES if self.failed else MESSAGES)


def application(moment: Moment) -> str:
    dice = moment.dice
    context: dict[str, object] = {
        "orderId": dice.randrange(10**6),
        "shop": f"shop-{dice.randrange(900)}.example",
        "items": [dice.randrange(10**5) for _ in range(4)],
        "amount": dice.randrange(10**5) / 100,
        "currency": "EUR",
        "supplier": "BigBuy",
        "address": {"city": "Lyon", "country": "FR", "postcode": "69003"},
        "attempt": dice.randrange(4),
    }
    if dice.random() < 0.1:
        context["error"] = None
    if dice.random() < TRAPPED:
        context |= {"level": "error", "note": 'quoted "level":"error" of another'}
    return json.dumps(
        {
            "timestamp": moment.stamp,
            "level": moment.level,
            "service": "drop-craft-ai",
            "message": moment.message,
            "context": context,
            "userId": f"u_{dice.randrange(10**5)}",
            "requestId": f"r_{dice.getrandbits(48):012x}",
        },
        separators=(",", ":"),
    )


def edge(moment: Moment) -> str:
    known = {"function": moment.dice.choice(FUNCTIONS), "duration": moment.dice.randrange(5, 900)}
    if moment.failed:
        return json.dumps(
            {"type": "error", **known, "status": 500, "error": f"TypeError: {moment.message}"}, separators=(",", ":")
        )
    return json.dumps({"type": "metric", **known, "status": 200}, separators=(",", ":"))


def supabase(moment: Moment) -> str:
    """A row of the CLI: the application's words are a string inside, twice, under the console method's level."""
    line = moment.dice.choice((application, edge))(moment) + "\n"
    row = {
        "id": f"{moment.dice.getrandbits(64):016x}",
        "ts_ms": int(moment.at * 1000),
        "source": "function_logs",
        "severity_text": "",
        "level": "log",
        "event_message": line,
        "log_attributes": {"level": "log", "event_type": "Log", "region": "eu-central-1"},
    }
    return json.dumps(
        {
            "type": "log-entry",
            "stream": "stdout",
            "timestamp": moment.stamp,
            "service": "functions",
            "source": "history",
            "line": line,
            "data": row,
        },
        separators=(",", ":"),
    )


def pino(moment: Moment) -> str:
    level = moment.dice.choice((50, 60)) if moment.failed else moment.dice.choice((10, 20, 30, 30, 40))
    return json.dumps(
        {
            "level": level,
            "time": int(moment.at * 1000),
            "pid": 17,
            "hostname": "worker-3.drop-craft.example",
            "name": "sync",
            "msg": moment.message,
            "req": {"method": "GET", "url": "/api/drops", "status": 200},
        }
    )


def console(moment: Moment) -> str:
    word = "Error" if moment.failed else moment.dice.choice(("Info", "Debug", "Warning"))
    return f"[{word}] {application(moment)}\n"


def text(moment: Moment) -> str:
    word = "ERROR" if moment.failed else moment.dice.choice(("INFO ", "DEBUG", "WARN "))
    return f"{moment.stamp} {word} 4711 --- [nio-8080-exec-{moment.dice.randrange(9)}] shop.Orders : {moment.message}"


def trace(moment: Moment) -> str:
    if moment.failed:
        return f"[Error] Error: {moment.message}\n{TRACE}".rstrip("\n")
    return f"[Info] deprecated call\n{TRACE}".rstrip("\n")


def vercel(moment: Moment) -> str:
    return json.dumps(
        {
            "id": f"{moment.dice.getrandbits(60)}",
            "deploymentId": "dpl_233NRGRjVZX1caZrXWtz5g1TAksD",
            "source": "lambda",
            "host": "drop-craft.example",
            "timestamp": int(moment.at * 1000),
            "projectId": "gdufoJxB6b9b1fEqr1jUtFkyavUU",
            "level": "info",
            "message": application(moment),
            "type": "stdout",
            "statusCode": 200,
        },
        separators=(",", ":"),
    )


def escaped(moment: Moment) -> str:
    return application(moment).replace('"level":"error","serv', '"l\\u0065vel":"\\u0065rror","serv')


def spoilt(moment: Moment) -> str:
    return application(moment).replace("drop-craft-ai", "drop\0craft")


PRODUCERS: tuple[tuple[float, Callable[[Moment], str]], ...] = (
    (640, application),
    (90, edge),
    (70, supabase),
    (60, pino),
    (50, text),
    (35, console),
    (25, vercel),
    (15, trace),
    (3, escaped),
    (0.05, spoilt),
)


def entries(errors: float, seed: int = 1) -> Iterator[bytes]:
    """Entries without end, each with its last newline; a share `errors` of them is one."""
    dice = random.Random(seed)
    weights, writers = zip(*PRODUCERS, strict=True)
    at = START
    while True:
        at += 0.004
        (write,) = dice.choices(writers, weights)
        yield write(Moment(dice, at, dice.random() < errors)).encode() + b"\n"


def write(path: Path, size: int, errors: float) -> None:
    """A file of `size` bytes or a little more: 40 MB of different entries, shuffled again for each further 40 MB."""
    pool: list[bytes] = []
    held = 0
    for entry in entries(errors):
        pool.append(entry)
        held += len(entry)
        if held >= min(size, 40_000_000):
            break
    dice = random.Random(2)
    with path.open("wb") as file:
        while file.tell() < size:
            file.write(b"".join(pool)[: size - file.tell()])
            dice.shuffle(pool)


if __name__ == "__main__":
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("file", type=Path)
    given.add_argument("--bytes", type=int, default=500_000_000)
    given.add_argument("--errors", type=float, default=0.01)
    asked = given.parse_args()
    write(asked.file, asked.bytes, asked.errors)
