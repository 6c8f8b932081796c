"""What others put before a line: docker and kubernetes their times, compose names, syslog priorities."""

from __future__ import annotations

import re
from typing import NamedTuple

from dropmon.logs.formats import times
from dropmon.logs.level import Level, named, numbered

_STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)"
SERVICES = (
    "functions", "function-edge", "edge", "edge-logs", "api", "postgres", "postgrest", "database", "auth", "auth-audit",
    "storage", "realtime", "pooler", "supavisor", "pgbouncer", "cron", "etl",
)  # fmt: skip
"""The names of services that the Supabase CLI writes after the time of a line."""

COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b\n]{0,300}(?:\x07|\x1b\\)")
DOCKER = re.compile(rf"({_STAMP}) (?:(?:stdout|stderr) [FP] )?", re.ASCII)
COMPOSE = re.compile(r"([a-z0-9][a-z0-9_.-]*?)(?:(?:[-_]\d+)\s*|\s{2,})\| ?", re.ASCII)
CLI = re.compile(rf"({_STAMP}) ({'|'.join(sorted(SERVICES, key=len, reverse=True))}) ", re.ASCII)
POD = re.compile(
    r"(?=\S{0,253}\d)(?P<pod>[a-z][a-z0-9]*(?:-[a-z0-9]+)+) +(?P<container>[a-z][a-z0-9-]*) +"
    r"(?=\{\s*\"|\d{4}[-/]\d\d[-/]\d\d[ T]|(?P<words>\[[A-Za-z]|[A-Z]{4,11}[ :]))",
    re.ASCII,
)
HASHES = re.compile(  # of the pods of a deployment and of a cron job
    r"-(?:(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{6,10}-[a-z0-9]{5}|\d{8,10}-[b-df-hj-np-tv-xz2-9]{5})\Z", re.ASCII
)
_AGAIN = re.compile(rf"^(?:[a-z0-9][a-z0-9_.-]* *\| ?)?(?:{_STAMP} (?:(?:stdout|stderr) [FP] )?)?", re.ASCII)
_LABEL = r'[A-Za-z_]\w*="(?:[^"\\]|\\.)*"'
LOGCLI = re.compile(rf"({_STAMP}|\d{{4}}/\d\d/\d\d \d\d:\d\d:\d\d)\s+\{{({_LABEL}(?:, ?{_LABEL})*)\}}\s+", re.ASCII)
_HOST = r"(?P<host>\S+) "
_OLD = r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d"
SYSLOG = re.compile(
    rf"<(?P<pri>\d{{1,3}})>(?:1 (?P<time>{_STAMP}|-) {_HOST}(?P<app>\S+) \S+ \S+ "
    r"(?:-|(?:\[(?:[^\]\\\"]|\"(?:[^\"\\]|\\.)*\"|\\.)*\])+)"
    r"(?: (?:\ufeff)?|$)|(?P<old>" + _OLD + r") )?",
    re.ASCII,
)
_MACHINE = r"(?P<machine>[\w.-]++) "  # 'level=error' and 'ERROR,' are none
_PROCESS = r"(?P<app>[\w./@+-]++)\[[\w.-]+\]: "
_PROGRAM = r"(?P<program>[a-z][\w./@+-]*+): "  # 'TypeError: ' is none
HOSTED = re.compile(rf"(?:(?P<old>{_OLD}) )?{_MACHINE}(?:{_PROCESS}|(?(old)|(?!)){_PROGRAM})", re.ASCII)
STAMPED = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9}+)?+(?:Z|(?P<zone>[+-]\d\d:?\d\d))) "
    rf"(?:{_MACHINE})?(?:{_PROCESS}|(?(zone)|(?!))(?(machine)|(?!)){_PROGRAM})",
    re.ASCII,
)
"""A line of rsyslog, journalctl or Heroku. All write the zone as a number; with a process it may be a Z as well."""


class Prefix(NamedTuple):
    """What stood before a line, and the line without it."""

    rest: str
    time: float | None = None  # seconds since 1970
    service: str | None = None
    level: Level = Level.UNKNOWN  # of syslog's priority
    labels: str = ""  # of logcli: 'app="drop-api", level="error"'
    written: bool = False  # by the CLI, which writes a newline as the two characters \\n
    everywhere: bool = False  # it stands before every line, continuations too


def plain(text: str) -> str:
    r"""A text without colours, titles, byte order marks and leading NULs.

    >>> plain("\ufeff\x1b[31merror\x1b[0m: x")
    'error: x'
    """
    if "\x1b" in text:
        text = COLOURS.sub("", text)
    return text.lstrip("\ufeff\0") if text[:1] in "\ufeff\0" else text


def parted(text: str) -> Prefix:
    """A block of text without what others put before its first line.

    >>> parted('web-1  | 2026-11-23T06:33:09.984000000Z {"level":"info"}')[:3]
    ('{"level":"info"}', 1795415589.984, 'web')
    >>> parted("2026-11-23T06:33:09.984Z functions shutdown")[:3]
    ('shutdown', 1795415589.984, 'functions')
    """
    found = COMPOSE.match(text) if text[:1].islower() or text[:1].isdigit() else None
    if not found and text[:1].islower() and (pod := POD.match(text)) and not _sentence(pod):
        return Prefix(text[pod.end() :], service=pod["container"])
    service = found[1] if found else None
    part = _inner(text[found.end() :] if found else text)
    return part._replace(service=part.service or service, everywhere=True) if service else part


def _sentence(found: re.Match[str]) -> bool:
    """Whether its words are no pod and container: 'job-42 finished ERROR budget left'.

    What is no JSON and has no time comes from a pod that has the hashes of one, or bears its container's name.
    """
    pod, container = found["pod"], found["container"]
    return bool(found["words"]) and f"-{container}-" not in f"-{pod}-" and not HASHES.search(pod)


def _inner(text: str) -> Prefix:
    first = text[:1]
    if first == "<" and (found := SYSLOG.match(text)):
        return _syslog(text, found)
    if not first.isdigit():
        return _hosted(text)
    if found := CLI.match(text):
        return Prefix(text[found.end() :], times.iso(found[1]), found[2], written=True)
    if found := LOGCLI.match(text):
        return Prefix(text[found.end() :], times.iso(found[1]), labels=found[2])
    if (found := STAMPED.match(text)) and (program := _program(found)):
        return Prefix(text[found.end() :], times.iso(found["time"]), program)
    if found := DOCKER.match(text):
        return Prefix(text[found.end() :], times.iso(found[1]), everywhere=True)
    return Prefix(text)


def _hosted(text: str) -> Prefix:
    """A line of a syslog file: what its stamp and host say is no more than which program spoke."""
    found = HOSTED.match(text) if text[:1].isupper() else None
    program = _program(found) if found else None
    return Prefix(text[found.end() :], service=program) if found and program else Prefix(text)


def _program(found: re.Match[str]) -> str | None:
    """Who spoke; nobody where the host or the program is a level: 'ERROR main[1]: x'."""
    program = found["app"] or found["program"]
    return None if named(program) or named(found["machine"] or "") else program


def _syslog(text: str, found: re.Match[str]) -> Prefix:
    rest, service = text[found.end() :], found["app"]
    level = numbered(int(found["pri"]) % 8, "syslog") if int(found["pri"]) < 192 else Level.UNKNOWN
    if found["old"] and (hosted := _hosted(text[found.start("old") :])).service:
        rest, service = hosted.rest, hosted.service
    return Prefix(rest, times.iso(found["time"] or ""), service if service != "-" else None, level)


def freed(text: str) -> str:
    """A block without docker's time and compose's name before its continuation lines."""
    head, newline, tail = text.partition("\n")
    return head + newline + "\n".join(_AGAIN.sub("", line, count=1) for line in tail.split("\n")) if newline else text
