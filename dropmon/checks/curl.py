"""libcurl's multi interface: many exchanges at once in one thread, timed by libcurl's own clock.

The times are taken in C when the bytes move, so that a busy Python never shows up as a slow server.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pycurl

from dropmon.checks.exchange import Exchange, Fault, Request, joined, openssl_time, redirected
from dropmon.model import Phases

AT_ONCE = 50
STARTS = 2  # between two looks at the network: fifty at once would make the first wait for the last
POLL = 0.05  # seconds between looks at the clock, while nothing happens
PROTOCOLS = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
QUICK_EXIT = 322  # CURLOPT_QUICK_EXIT, unnamed in pycurl: never wait for a resolver thread

FAULTS = {  # anything else is Fault.PROTOCOL
    pycurl.E_COULDNT_RESOLVE_HOST: Fault.DNS,
    pycurl.E_COULDNT_RESOLVE_PROXY: Fault.DNS,
    pycurl.E_COULDNT_CONNECT: Fault.CONNECT,
    pycurl.E_OPERATION_TIMEDOUT: Fault.TIMEOUT,
    pycurl.E_PEER_FAILED_VERIFICATION: Fault.CERTIFICATE,
    pycurl.E_SSL_CONNECT_ERROR: Fault.TLS,
    pycurl.E_SSL_CACERT_BADFILE: Fault.REQUEST,
    pycurl.E_SSL_CERTPROBLEM: Fault.REQUEST,
    pycurl.E_URL_MALFORMAT: Fault.REQUEST,
    pycurl.E_UNSUPPORTED_PROTOCOL: Fault.REDIRECT,
    pycurl.E_TOO_MANY_REDIRECTS: Fault.REDIRECT,
    pycurl.E_PARTIAL_FILE: Fault.CUT,
    pycurl.E_GOT_NOTHING: Fault.CUT,
    pycurl.E_RECV_ERROR: Fault.CUT,
    pycurl.E_SEND_ERROR: Fault.CUT,
}


@dataclass(slots=True, eq=False)
class Job:
    """One exchange to make, and what has come of it so far. `key` is the caller's."""

    key: Any
    request: Request
    ready: float = 0.0  # monotonic seconds before which it must not start
    tries: int = 0  # how often it was asked before
    before: Exchange | None = None  # the hops already made
    head: list[bytes] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    truncated: bool = False

    def header(self, line: bytes) -> None:
        """Keeps the lines of the last answer only: an interim 1xx answer is forgotten when the next begins."""
        if line.startswith(b"HTTP/"):
            self.head.clear()
        if len(self.head) < 200:
            self.head.append(line[:8192])

    def write(self, data: bytes) -> int | None:
        room = self.request.max_body - len(self.body)
        self.body += data[:room]
        self.truncated = len(data) > room
        return -1 if self.truncated else None


def authorities() -> str:
    """The bundle of trusted authorities: $SSL_CERT_FILE, the system's, else certifi's."""
    import certifi

    usual = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
    named = os.environ.get("SSL_CERT_FILE")
    return named or next((path for path in usual if Path(path).exists()), certifi.where())


class Wire:
    """At most `at_once` exchanges in flight. `done` gets each one whole, and may answer with a further job."""

    def __init__(self, at_once: int, done: Callable[[Job, Exchange], Job | None]) -> None:
        self._multi = pycurl.CurlMulti()
        self._idle = [pycurl.Curl() for _ in range(at_once)]
        self._flying: dict[pycurl.Curl, Job] = {}
        self._waiting: list[Job] = []
        self._done = done
        self._trusted = authorities()

    def run(self, jobs: Iterator[Job], until: float) -> None:
        """Makes every exchange, or gives up at `until` (monotonic seconds): what is then left is in `open`."""
        more = True
        while (more or self._flying or self._waiting) and time.monotonic() < until:
            more = self._refill(jobs, more, until)
            self._multi.perform()
            self._collect()
            if not (more and self._idle):
                self._multi.select(POLL if not self._waiting else POLL / 5)

    @property
    def open(self) -> list[Job]:
        """Jobs begun and not ended."""
        return [*self._flying.values(), *self._waiting]

    def _refill(self, jobs: Iterator[Job], more: bool, until: float) -> bool:
        """Starts a few exchanges; False when `jobs` has no more."""
        now = time.monotonic()
        for _ in range(min(STARTS, len(self._idle))):
            job = self._due(now) or (next(jobs, None) if more else None)
            if job is None:
                return False
            self._start(job, until - now)
        return more

    def _due(self, now: float) -> Job | None:
        """The next hop or further try whose time has come."""
        ready = next((job for job in self._waiting if job.ready <= now), None)
        if ready:
            self._waiting.remove(ready)
        return ready

    def _start(self, job: Job, left: float) -> None:
        handle = self._idle.pop()
        try:
            prepare(handle, job, left, self._trusted)
        except (pycurl.error, UnicodeError, ValueError) as error:
            self._idle.append(handle)
            self._finish(job, Exchange(job.request.url, fault=Fault.REQUEST, reason=str(error)))
            return
        self._flying[handle] = job
        self._multi.add_handle(handle)

    def _collect(self) -> None:
        left = 1
        while left:
            left, well, ill = self._multi.info_read(64)
            for handle, code, reason in [*((h, 0, "") for h in well), *ill]:
                job = self._flying.pop(handle)
                exchange = read(handle, job, code, reason)
                self._multi.remove_handle(handle)
                self._idle.append(handle)
                self._finish(job, exchange)

    def _finish(self, job: Job, exchange: Exchange) -> None:
        following = redirected(job.request, exchange)
        whole = joined(job.before, exchange) if job.before else exchange
        again = (
            Job(job.key, following, before=whole, tries=job.tries) if following else self._done(job, whole)
        )
        if again:
            self._waiting.append(again)


def prepare(handle: Any, job: Job, left: float, trusted: str) -> None:
    """Sets everything that matters on a handle that may have served another job."""
    request, set_ = job.request, handle.setopt
    handle.reset()
    set_(pycurl.URL, request.url)
    set_(pycurl.PROTOCOLS, PROTOCOLS)
    set_(pycurl.TIMEOUT_MS, max(1, round(min(request.timeout, left) * 1000)))
    set_(pycurl.CONNECTTIMEOUT_MS, max(1, round(min(request.timeout, left) * 1000)))
    set_(pycurl.NOSIGNAL, 1)
    set_(QUICK_EXIT, 1)
    set_(pycurl.FRESH_CONNECT, 1)
    set_(pycurl.FORBID_REUSE, 1)
    set_(pycurl.PROXY, request.proxy or "")
    set_(pycurl.USERAGENT, "dropmon")
    set_(pycurl.ACCEPT_ENCODING, "")
    set_(pycurl.WRITEFUNCTION, job.write)
    set_(pycurl.HEADERFUNCTION, job.header)
    if request.url.startswith("https") or request.proxy:
        set_(pycurl.CAINFO, request.authorities or trusted)
        set_(pycurl.OPT_CERTINFO, 1)
    if request.connect_only:
        set_(pycurl.CONNECT_ONLY, 1)
    _ask(handle, request)
    _prove(handle, request)


def _ask(handle: Any, request: Request) -> None:
    if request.body is not None:
        handle.setopt(pycurl.POSTFIELDS, request.body)
    if request.method == "HEAD":
        handle.setopt(pycurl.NOBODY, 1)
    elif request.method != "GET" or request.body is not None:
        handle.setopt(pycurl.CUSTOMREQUEST, request.method)
    if request.headers:
        lines = [f"{name}: {value}" if value else f"{name};" for name, value in request.headers]
        if any("\r" in line or "\n" in line or "\0" in line for line in lines):
            raise ValueError("a header has a line break in its value")
        handle.setopt(pycurl.HTTPHEADER, [line.encode() for line in lines])


def _prove(handle: Any, request: Request) -> None:
    if request.login:
        handle.setopt(pycurl.HTTPAUTH, pycurl.HTTPAUTH_BASIC)
        handle.setopt(pycurl.USERNAME, request.login[0].encode())
        handle.setopt(pycurl.PASSWORD, request.login[1].encode())
    if request.certificate:
        handle.setopt(pycurl.SSLCERT, request.certificate[0])
        handle.setopt(pycurl.SSLKEY, request.certificate[1])
        if request.certificate[2]:
            handle.setopt(pycurl.KEYPASSWD, request.certificate[2])


def read(handle: Any, job: Job, code: int, reason: str) -> Exchange:
    """What a finished handle holds."""
    capped = job.truncated and code == pycurl.E_WRITE_ERROR
    status = handle.getinfo(pycurl.RESPONSE_CODE) or None
    return Exchange(
        url=job.request.url,
        duration=handle.getinfo(pycurl.TOTAL_TIME_T) / 1e6,
        phases=phases(handle),
        status_code=status,
        headers=headers(job.head),
        body=bytes(job.body),
        truncated=job.truncated,
        certificate_expires=certificate(handle) if job.request.url.startswith("https") else None,
        fault=None if capped or not code else FAULTS.get(code, Fault.PROTOCOL),
        reason=reason,
        location=handle.getinfo(pycurl.REDIRECT_URL) if status and 300 <= status < 400 else None,
    )


def phases(handle: Any) -> Phases:
    """libcurl's marks, each counted from the start, as the time between them."""
    dns, connect, tls, sent, first, total = (
        handle.getinfo(mark) / 1e6
        for mark in (
            pycurl.NAMELOOKUP_TIME_T, pycurl.CONNECT_TIME_T, pycurl.APPCONNECT_TIME_T,
            pycurl.PRETRANSFER_TIME_T, pycurl.STARTTRANSFER_TIME_T, pycurl.TOTAL_TIME_T,
        )
    )  # fmt: skip
    return Phases(
        dns=dns or None,
        connect=connect - dns if connect else None,
        tls=tls - connect if tls else None,
        ttfb=first - sent if first else None,
        transfer=total - first if first else None,
    )


def headers(lines: list[bytes]) -> dict[str, str]:
    """Header lines as a mapping; names in lower case, repeated values joined as HTTP allows.

    >>> headers([b"HTTP/1.1 200 OK", b"X-A: 1", b"x-a: 2", b"bad line"])
    {'x-a': '1, 2'}
    """
    found: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.decode("utf-8", "replace").partition(":")
        if colon:
            key = name.strip().lower()
            found[key] = f"{found[key]}, {value.strip()}" if key in found else value.strip()
    return found


def certificate(handle: Any) -> float | None:
    """When the first certificate of the presented chain ends, even if the chain was refused."""
    chain = handle.getinfo(pycurl.INFO_CERTINFO) or ()
    ends = [openssl_time(value) for entry in chain for name, value in entry if name == "Expire date"]
    return min(ends, default=None)
