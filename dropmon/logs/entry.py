"""One thing that was said: a head line with its continuation lines, or an element of a document that holds many."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from dropmon.logs.level import Level

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Entry(NamedTuple):
    """An entry in the guide's words, whatever shape it came in. Nothing of it is safe to print as it is."""

    raw: bytes  # as it came, without the last newline
    level: Level = Level.UNKNOWN
    time: float | None = None  # seconds since 1970
    message: str = ""
    service: str | None = None
    function: str | None = None
    request: str | None = None  # requestId
    user: str | None = None  # userId
    duration: float | None = None  # seconds
    status: str | None = None  # '200', 'success'
    context: Mapping[str, Any] = NOTHING  # what the application added
    trace: str = ""  # its stack trace
    fields: Mapping[str, Any] = NOTHING  # the innermost document, as it was written: for --where and --fields
    id: str | None = None  # the platform's own name of the row
    kind: str | None = None  # 'metric' and 'error' of edge functions; the runtime's event: 'Boot', 'UncaughtException'
    parsed: bool = True  # False: it looks like JSON and is none, so that its level was read as text
    failure: str | None = None  # the input itself failed: what its maker said
