"""One question to a platform: asked again while that may help, and in plain words when it does not."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from dropmon.errors import TransportError
from dropmon.logs.sources.source import Clock, PassingError, Say
from dropmon.output import clean
from dropmon.secrets import mask
from dropmon.transport import Answer, Request, TooLargeError, exchange

LARGEST = 16 << 20  # bytes of a page
WAITS = (1.0, 2.0, 4.0, 8.0)  # seconds before each next try, unless the platform says how long
MINUTE = 15.0  # seconds before the next try after 429, when nobody says how long: the quota is that of a minute
LONGEST = 120.0  # seconds that a platform may make us wait before a try
SHOWN = 200  # characters of what the platform said


class Speech(NamedTuple):
    """How a platform's refusals are said: (what, hint) by status."""

    name: str
    sentences: Mapping[int, tuple[str, str]]
    page: str = ""  # where its operators tell what is broken

    def refused(self, answer: Answer) -> TransportError:
        """The error that an answer means."""
        what, hint = self.sentences.get(answer.status) or self._usual(answer)
        said = message(answer.body)
        kind = TransportError if answer.retry(0) is None else PassingError
        return kind(mask(f"{what}: {said}" if said else what), hint)

    def unread(self, why: str) -> TransportError:
        """The error of an answer that came and cannot be read."""
        what = f"{self.name} sent what cannot be read: {mask(clean(why))}"
        return TransportError(what, "probably its format has changed: upgrade dropmon, or report it")

    def _usual(self, answer: Answer) -> tuple[str, str]:
        if answer.status == 429:
            return f"{self.name} refuses: too many requests (429)", "wait a minute, or ask for a shorter time"
        hint = f"look at {self.page}, or try again later" if self.page else "try again later"
        return f"{self.name} answers {answer.said}", hint if answer.status >= 500 else "report it"


def asked(request: Request, speech: Speech, timeout: float, clock: Clock, say: Say) -> Answer:
    """The answer to a question that may be asked again. Raises TransportError, TooLargeError."""
    for wait in (*WAITS, None):
        status = 0
        told: float | None = 0.0
        problem: TransportError
        try:
            answer = exchange(request, timeout, LARGEST)
            if answer.ok:
                return answer
            status, told, problem = answer.status, answer.retry(clock()), speech.refused(answer)
        except TooLargeError:
            raise
        except TransportError as error:
            problem = PassingError(error.what, "check the address and the network")
        if wait is None or told is None or told > LONGEST:
            raise problem
        pause = max(wait, told or (MINUTE if status == 429 else 0.0))
        say(f"{problem.what}; asking again in {pause:g} s")
        time.sleep(pause)
    raise AssertionError


def message(body: bytes) -> str:
    """What the body of a refusal says, in one harmless line.

    >>> message(b'{"message": "Unauthorized"}'), message(b'{"error": {"code": "forbidden", "message": "No"}}')
    ('Unauthorized', 'No')
    >>> message(b"<html>"), message(b"parse error: unexpected\\nmore")
    ('', 'parse error: unexpected')
    """
    try:
        said = worded(json.loads(body))
    except (ValueError, RecursionError):
        said = "" if body.lstrip().startswith(b"<") else body.decode("utf-8", "replace")
    line = clean(said.strip().partition("\n")[0])
    return line if len(line) <= SHOWN else line[:SHOWN] + "…"


def worded(said: Any) -> str:
    """The sentence in an error of any of the usual shapes: a string, or an object that has one."""
    while isinstance(said, dict):
        said = next((said[key] for key in ("message", "error", "error_description", "code") if said.get(key)), "")
    return said if isinstance(said, str) else json.dumps(said) if said else ""
