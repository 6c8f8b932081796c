"""What `supabase functions serve` prints of edge functions that log as the guide says.

Each line carries the container's timestamp; the runtime puts the console's level before a message, whose own
newline leaves an empty line behind it; a stack trace goes on for several lines.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from dropmon.model import moment

SERVICE = "drop-craft-ai"


def stamped(at: float, *lines: str) -> str:
    """Lines with the time of a container's log, which has nine digits. `at` in seconds since 1970.

    >>> stamped(1795419127.25, "booted", "")
    '2026-11-23T07:32:07.250000000Z booted\\n2026-11-23T07:32:07.250000000Z \\n'
    """
    time = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
    return "".join(f"{time} {line}\n" for line in lines)


def console(at: float, level: str, value: object) -> str:
    """One `console.log` (Info), `.warn` (Warning) or `.error` (Error) of a value as JSON.

    >>> console(0, "Info", {"type": "metric"})
    '1970-01-01T00:00:00.000000000Z [Info] {"type": "metric"}\\n1970-01-01T00:00:00.000000000Z \\n'
    """
    return stamped(at, f"[{level}] {json.dumps(value)}", "")


def served(at: float, function: str) -> str:
    return stamped(at, f"serving the request with supabase/functions/{function}")


def metric(at: float, function: str, duration: int) -> str:
    """A success, `duration` in milliseconds."""
    fields = {"type": "metric", "function": function, "duration": duration, "status": "success"}
    return console(at, "Info", fields)


def entry(at: float, level: str, message: str, context: object, request: str) -> str:
    """A line of the shop's own logger."""
    fields = {"timestamp": moment(at), "level": level, "service": SERVICE, "message": message,
              "context": context, "requestId": request}  # fmt: skip
    return console(at, {"warn": "Warning", "error": "Error"}.get(level, "Info"), fields)


def failure(at: float, function: str, duration: int, error: str) -> str:
    """An error that the function caught, `duration` in milliseconds."""
    return console(at, "Error", {"type": "error", "function": function, "duration": duration, "error": error})


def uncaught(at: float, function: str, error: str) -> str:
    """An error that nobody caught: the runtime's own words, and the stack."""
    return stamped(
        at,
        f"runtime has escaped from the event loop unexpectedly: event loop error: {error}",
        f"    at handler (file:///home/deno/functions/{function}/index.ts:41:27)",
        "    at async Server.#respond (https://deno.land/std@0.168.0/http/server.ts:221:18)",
        f"InvalidWorkerResponse: event loop error: {error}",
        "    at async Promise.allSettled (index 1)",
        "    at async UserWorker.fetch (ext:sb_user_workers/user_workers.js:77:21)",
        "    at async Object.handler (file:///home/deno/main/index.ts:165:14) {",
        '  name: "InvalidWorkerResponse"',
        "}",
    )
