"""An object or a text as an entry, through every envelope around it: the innermost application's words count."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from dropmon.logs.entry import Entry
from dropmon.logs.formats import shortcut, times
from dropmon.logs.formats.content import described, span
from dropmon.logs.formats.document import Document, own_level, verdict
from dropmon.logs.formats.envelope import is_vercel, payload
from dropmon.logs.formats.keys import PLUMBING
from dropmon.logs.formats.prefix import Prefix, freed, parted, plain
from dropmon.logs.formats.reading import OPENINGS, ending, headed
from dropmon.logs.formats.text import pairs, said
from dropmon.logs.formats.unreadable import within
from dropmon.logs.level import Level, named

DEPTH = 5  # envelopes in envelopes: docker around a drain around a row around an application's line is three
_LOGFMT = re.compile(r"\s*[\w.@-]+=\S", re.ASCII)
_GATEWAY = re.compile(
    r"[A-Z]{3,7} \| (?P<status>\d{3}) \| \S*?(?:/functions/v1/(?P<function>[\w-]+))?(?:[?#\s]|$)", re.ASCII
)
_LAMBDA = re.compile(r"RequestId: (?P<request>[\w-]+)(?:.*?\bDuration: (?P<duration>[\d.]+ ms))?", re.ASCII)
_UUID = re.compile(r"\S+\s+([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s", re.ASCII)


class Words(NamedTuple):
    """What a text turned out to be."""

    entry: Entry
    document: bool  # JSON whose level goes before the envelope's, up or down
    broken: bool = False  # it begins like JSON, is none, and names no level as a text


def carried(doc: Document, depth: int = 0, raw: bytes = b"", tail: str = "", bare: bool = False) -> Entry:
    """An object as an entry, or `bare`: its level alone; what follows it in its block is its trace if it has no other.

    >>> row = {"event_message": '{"level":"info","message":"ok"}', "level": "error", "id": "7"}
    >>> entry = carried(row); entry.level, entry.message, entry.id
    (<Level.INFO: 3>, 'ok', '7')
    """
    level = own_level(doc)
    words = payload(doc, level) if depth < DEPTH else None
    raised = verdict(doc, is_vercel(doc))
    if words is None:
        return Entry(raw, max(level, raised)) if bare else described(doc, raw, max(level, raised), tail)
    inner = (
        Words(carried(words, depth + 1, bare=bare), True) if isinstance(words, dict) else spoken(words, depth + 1, bare)
    )
    within = inner.entry.level
    settled = (within or level) if inner.document else max(within, level)
    if bare:
        return Entry(raw, max(settled, raised))
    return _merged(inner, described(doc, raw, max(settled, raised), tail))


def _merged(inner: Words, own: Entry) -> Entry:
    """The inner entry, and what only the envelope says."""
    entry = inner.entry
    told = bool(entry.fields)
    return entry._replace(
        raw=own.raw,
        level=own.level,
        time=own.time if entry.time is None else entry.time,
        service=entry.service or own.service,
        function=entry.function or own.function,
        request=entry.request or own.request,
        user=entry.user or own.user,
        duration=own.duration if entry.duration is None else entry.duration,
        status=entry.status or own.status,
        context=entry.context if told else {key: own.context[key] for key in own.context if key not in PLUMBING},
        trace=entry.trace or own.trace,
        fields=entry.fields if told else own.fields,
        id=own.id or entry.id,
        kind=entry.kind or own.kind,
    )


def spoken(text: str, depth: int = 0, bare: bool = False) -> Words:
    """A text as an entry: a line with its continuation at depth 0, else the words of a row, judged line by line."""
    if text[:1] == "{" and "\x1b" not in text:
        if bare and depth <= DEPTH and (level := shortcut.inner(text)):
            return Words(Entry(b"", level), document=True)
        return _words(text.rstrip("\r\n"), depth, bare)
    clean = plain(text)
    part = parted(clean)
    if part.rest is clean:
        return _words(clean.rstrip("\r\n"), depth, bare)
    words = _words(part.rest.rstrip("\r\n"), depth, bare, part)
    level = words.entry.level
    if not words.document:
        level = max(level, part.level, _labelled(part))
    entry = words.entry._replace(level=level)
    return words._replace(entry=entry if bare and level else _outer(entry, part))


def _words(text: str, depth: int, bare: bool, part: Prefix | None = None) -> Words:
    """A text without what stood before it: a document, or lines."""
    if part and part.everywhere:
        text = freed(text)
    if part and part.written:
        text = text.removesuffix("\\n")
    if text[:1] == "{" and (read := _document(text, Level.UNKNOWN, depth, bare)):
        return Words(read, document=True)
    if part and part.written:
        text = text.replace("\\n", "\n")
    return _lines(text, depth, bare) if depth else _headed(text, depth, bare)


def _outer(entry: Entry, part: Prefix) -> Entry:
    """An entry, and what only stood before it."""
    return entry._replace(
        time=part.time if entry.time is None else entry.time,
        service=entry.service or part.service or pairs(part.labels).get("app"),
        level=entry.level or part.level or _labelled(part),
    )


def _labelled(part: Prefix) -> Level:
    labels = pairs(part.labels) if part.labels else {}
    return next(
        (level for key in ("level", "detected_level", "severity") if (level := named(labels.get(key, "")))),
        Level.UNKNOWN,
    )


def _document(text: str, level: Level, depth: int, bare: bool) -> Entry | None:
    """The object that a text begins with as an entry, or None; at depth 0 what follows is its trace."""
    value, tail = headed(text)
    if not isinstance(value, dict) or (depth and tail.strip()):
        return None
    entry = carried(value, min(depth + 1, DEPTH), tail=tail.strip("\r\n"), bare=bare)
    return entry._replace(level=level) if level and not entry.level else entry


def _headed(text: str, depth: int, bare: bool) -> Words:
    """A head line that is judged, and lines below it that go with it."""
    text = text.lstrip("\r\n") or text
    head, _, tail = text.partition("\n")
    level, at = said(head)
    if tail[:1] == "{" and level == Level.UNKNOWN and tail.partition("\n")[0].rstrip() in OPENINGS:
        text, at = tail, 0  # AWS's CLI writes time and stream above a document
    if text.startswith("{", at) and (read := _document(text[at:], level, depth, bare)):
        if bare:
            return Words(read, document=True)
        stamp = times.leading(head)[0] if read.time is None else read.time
        return Words(read._replace(time=stamp), document=True)
    broken = not level and text.startswith("{", at)
    if "\r" in head.rstrip("\r"):
        level = max(level, *(said(part).level for part in head.split("\r")))
    if broken and depth:
        level = max(level, within(text[at:]))
    if not level and not broken and (read := _ending(head, depth, bare)):
        return Words(read._replace(trace=read.trace or tail.rstrip("\r\n")), document=False)
    if bare:
        return Words(Entry(b"", level), False, broken)
    entry = _plain(head.rstrip("\r"), at)
    return Words(entry._replace(level=level, trace=tail.rstrip("\r\n")), False, broken)


def _ending(head: str, depth: int, bare: bool) -> Entry | None:
    """A line that ends in an object which has a level: whatever stands before it, that is what was meant."""
    doc = ending(head)
    read = carried(doc, min(depth + 1, DEPTH), bare=bare) if doc else None
    if read is None or not read.level:
        return None
    if bare:
        return read
    stamp = times.leading(head)[0] if read.time is None else read.time
    return read._replace(time=stamp, message=read.message or head.strip())


def _plain(head: str, at: int) -> Entry:
    """A line without its level: the message behind time and level, and what Lambda and the gateway put into it."""
    stamp, end = times.leading(head)
    message = head[max(at, end) :].strip(" \t\0")
    if _LOGFMT.match(head):
        return _paired(head, stamp)
    entry = Entry(raw=b"", time=stamp, message=message)
    if found := _GATEWAY.match(message):
        return entry._replace(status=found["status"], function=found["function"])
    if found := _LAMBDA.search(head) if "RequestId: " in head else None:
        duration = span(found["duration"], 1e-3) if found["duration"] else None
        return entry._replace(request=found["request"], duration=duration)
    if found := _UUID.match(head) if stamp else None:
        return entry._replace(request=found[1])
    return entry


def _paired(head: str, stamp: float | None) -> Entry:
    entry = described(pairs(head))
    return entry._replace(
        time=stamp if entry.time is None else entry.time, message=entry.message or head.strip(), id=None
    )


def _lines(text: str, depth: int, bare: bool) -> Words:
    """Several lines that one row carries: the most serious of those that are not indented counts."""
    lines = text.split("\n")
    if len(lines) == 1:
        return _headed(text, depth, bare)
    heads = [line for at, line in enumerate(lines) if line and (at == 0 or line[0] not in " \t")]
    each = [_headed(line, depth, True).entry for line in heads]
    first = _headed(text, 0, bare).entry if each else Entry(raw=b"")
    level = max((entry.level for entry in each), default=Level.UNKNOWN)
    if text[:1] == "{":
        level = max(level, within(text))
    return Words(first._replace(level=level), document=False)


def told(value: Any, raw: bytes) -> Entry:
    """Any JSON value as an entry: what is no object is words."""
    if isinstance(value, dict):
        return carried(value, raw=raw)
    return spoken(value if isinstance(value, str) else repr(value)).entry._replace(raw=raw)
