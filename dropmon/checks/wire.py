"""Many exchanges at once in one thread, on libcurl's multi interface."""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeVar

import pycurl

from dropmon.checks import curl
from dropmon.checks.exchange import Again, Effort, Exchange, Fault, Request, joined, redirected
from dropmon.checks.names import Answer, Names, host_of
from dropmon.model import Phases

K = TypeVar("K")
STARTS = 8  # between two looks at the network: fifty at once would make the first wait for the last, by 5 ms
HEADERS = 200  # lines of an answer's head that are kept
NO_NAME = Answer("")
NO_EFFORT = Effort()
POLL = 0.05  # seconds between two looks at the clock, when nothing happens


@dataclass(slots=True, eq=False)
class Job:
    """One exchange to make, and what has come of it so far."""

    key: Any  # the caller's
    request: Request
    ready: float = 0.0  # monotonic seconds before which it must not start
    effort: Effort = NO_EFFORT
    before: Exchange | None = None  # the hops already made
    host: str | None = None  # the name that must be looked up
    naming: float = 0.0  # seconds that took
    began: float = 0.0  # monotonic seconds at which its name was asked
    head: list[bytes] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    truncated: bool = False

    def header(self, line: bytes) -> None:
        """Keeps the lines of the last answer only: an interim 1xx answer is forgotten when the next begins."""
        if line.startswith(b"HTTP/"):
            self.head.clear()
        if len(self.head) < HEADERS:
            self.head.append(line[:8192])

    @property
    def headless(self) -> bool:
        """Whether the answer ended inside its head, which libcurl takes for a whole one."""
        return 0 < len(self.head) < HEADERS and self.head[-1].strip() != b""

    def write(self, data: bytes) -> int | None:
        room = self.request.max_body - len(self.body)
        self.body += data[:room]
        self.truncated = len(data) > room
        return -1 if self.truncated else None


class Wire(Generic[K]):
    """At most `at_once` exchanges in flight.

    `done` gets each one whole, with the caller's key and what earlier tries have cost, and may ask for another.
    """

    def __init__(self, at_once: int, done: Callable[[K, Exchange, Effort], Again | None]) -> None:
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._timer: float | None = None  # monotonic seconds at which libcurl wants to be called
        self._selector = selectors.DefaultSelector()
        self._at_once = at_once
        self._idle: list[pycurl.Curl] = []
        self._flying: dict[pycurl.Curl, Job] = {}
        self._naming: list[Job] = []  # each holds back one handle
        self._waiting: list[Job] = []
        self._names = Names()
        self._heard = False  # a name was told
        self._selector.register(self._names, selectors.EVENT_READ)
        self._dry = False  # nobody knows of a further job yet
        self._done = done
        self._trusted = curl.authorities()

    def run(self, requests: Iterator[tuple[K, Request] | None], until: float) -> None:
        """Makes every exchange, or gives up at `until` (monotonic seconds): what is then left is in `open`.

        None among them: there is no further one yet.
        """
        jobs = (Job(*each) if each else None for each in requests)
        more = True
        while (more or self._flying or self._naming or self._waiting) and time.monotonic() < until:
            more = self._refill(jobs, more, until)
            if self._naming:
                self._name(until)
            self._turn(0.0 if more and self._free() and not self._dry else POLL)
            self._collect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self._flying:
            self._multi.remove_handle(handle)
        self._multi.close()
        self._names.close()
        self._selector.close()

    @property
    def open(self) -> list[K]:
        """The keys of what is begun and not ended."""
        return [job.key for job in (*self._flying.values(), *self._naming, *self._waiting)]

    def _free(self) -> int:
        return self._at_once - len(self._flying) - len(self._naming)

    def _turn(self, pause: float) -> None:
        """Waits at most `pause` seconds for the network, a name or a timer, and lets libcurl do what is due."""
        if self._timer is not None:
            pause = max(0.0, min(pause, self._timer - time.monotonic()))
        for key, events in self._selector.select(pause):
            if key.fileobj is self._names:
                self._heard = True
            else:
                self._multi.socket_action(key.fd, events)  # pycurl's CSELECT_IN and _OUT are selectors' own numbers
        if self._timer is not None and self._timer <= time.monotonic():
            self._timer = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)

    def _watch(self, what: int, fd: int, _multi: object, known: object) -> None:
        """libcurl says which sockets it waits for. POLL_IN and POLL_OUT are selectors' own numbers."""
        if what == pycurl.POLL_REMOVE:
            self._selector.unregister(fd)
        elif known:
            self._selector.modify(fd, what)
        else:
            self._selector.register(fd, what)
            self._multi.assign(fd, self)

    def _set_timer(self, milliseconds: int) -> None:
        self._timer = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000

    def _refill(self, jobs: Iterator[Job | None], more: bool, until: float) -> bool:
        """Begins a few jobs; False when `jobs` has no more."""
        self._dry = False
        for _ in range(min(STARTS, self._free())):
            job = self._due() or (next(jobs, False) if more else False)
            if isinstance(job, bool):
                return False
            if job is None:
                self._dry = True
                return more
            self._begin(job, until)
        return more

    def _begin(self, job: Job, until: float) -> None:
        """Sends a job off, or asks for its name first. A proxy looks names up itself."""
        job.began = time.monotonic()
        job.host = None if job.request.proxy else host_of(job.request.url)
        named = self._names.ask(job.host) if job.host else NO_NAME
        if named is None:
            self._naming.append(job)
        else:
            self._go(job, named, until - job.began)

    def _due(self) -> Job | None:
        """The next hop or further try whose time has come."""
        now = time.monotonic()
        ready = next((job for job in self._waiting if job.ready <= now), None)
        if ready:
            self._waiting.remove(ready)
        return ready

    def _name(self, until: float) -> None:
        """Sends off the jobs whose name is now known; ends those whose name is not told in time."""
        told = {answer.host: answer for answer in self._names.told()} if self._heard else {}
        self._heard = False
        now = time.monotonic()
        for job in list(self._naming):
            named = told.get(job.host or "")
            if named is None and now - job.began < job.request.timeout:
                continue
            self._naming.remove(job)
            if named is None:
                self._finish(job, nameless(job, Fault.TIMEOUT, now - job.began))
            else:
                self._go(job, named, until - now)

    def _go(self, job: Job, named: Answer, left: float) -> None:
        """Sends a job off to where its name leads, if anywhere."""
        if named.error:
            self._finish(job, nameless(job, Fault.DNS, named.seconds, named.error))
        else:
            self._send(job, named, left)

    def _send(self, job: Job, named: Answer, left: float) -> None:
        handle = self._idle.pop() if self._idle else pycurl.Curl()
        job.naming = named.seconds
        timeout = min(left, job.request.timeout - named.seconds)
        try:
            curl.prepare(handle, job.request, timeout, named.addresses, self._trusted, job.write, job.header)
        except (pycurl.error, UnicodeError, ValueError) as error:
            self._idle.append(handle)
            self._finish(job, nameless(job, Fault.REQUEST, 0.0, str(error)))
            return
        self._flying[handle] = job
        self._multi.add_handle(handle)

    def _collect(self) -> None:
        left = 1
        while left:
            left, well, ill = self._multi.info_read(64)
            for handle, code, reason in [*((h, 0, "") for h in well), *ill]:
                job = self._flying.pop(handle)
                exchange = self._read(job, handle, code, reason)
                self._multi.remove_handle(handle)
                self._idle.append(handle)
                self._finish(job, exchange)

    def _read(self, job: Job, handle: Any, code: int, reason: str) -> Exchange:
        try:
            exchange = curl.read(handle, job.request, code, reason, job.head, job.body, job.truncated)
        except Exception as error:  # what nobody foresaw in one answer must not take the others with it
            return nameless(job, Fault.PROTOCOL, 0.0, str(error))
        if job.headless and not exchange.fault:
            exchange = exchange._replace(fault=Fault.CUT, reason="it ended inside the headers")
        if job.naming:
            named = Exchange("", duration=job.naming, phases=Phases(dns=job.naming))
            exchange = joined(named, exchange)
        return exchange

    def _finish(self, job: Job, exchange: Exchange) -> None:
        """Follows a redirect, or gives the whole to the caller, who may want it again."""
        whole = joined(job.before, exchange) if job.before else exchange
        if following := redirected(job.request, exchange):
            self._waiting.append(Job(job.key, following, before=whole, effort=job.effort))
        elif again := self._done(job.key, whole, job.effort):
            effort = Effort(job.effort.tries + 1, job.effort.spent + whole.duration + again.pause)
            self._waiting.append(Job(job.key, again.request, time.monotonic() + again.pause, effort))


def nameless(job: Job, fault: Fault, seconds: float, reason: str = "") -> Exchange:
    """The exchange of a job that never came to send anything."""
    phases = Phases(dns=seconds) if fault is Fault.DNS else Phases()
    return Exchange(job.request.url, duration=seconds, phases=phases, fault=fault, reason=reason)
