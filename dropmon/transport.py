"""HTTP conversations with services that help us: status pages, channels, sources. Never a measurement."""

from __future__ import annotations

import json
import queue
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from dropmon import __version__
from dropmon.errors import TransportError
from dropmon.secrets import mask

if TYPE_CHECKING:
    import ssl

    import httpx

LARGEST = 8 << 20  # bytes of an answer that are read at the most
AHEAD = 1000  # lines of a stream that are read before somebody wants them
SILENCE = 300.0  # seconds after which a stream that says nothing has ended
BEGUN = object()
EPOCH = 1e9  # what is larger is a time and no number of seconds to wait
TRUSTING = threading.Lock()


class Request(NamedTuple):
    """What is asked. `params` join the query of the URL, and are in no error's message."""

    url: str
    params: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    body: bytes | None = None
    follow: bool = True  # to where it moved, when it is only got: every header but Authorization goes there, too

    @property
    def address(self) -> str:
        """
        >>> Request("http://a/?b=1", (("c", "2 3"),)).address
        'http://a/?b=1&c=2+3'
        """
        return self.url + ("&" if "?" in self.url else "?") + urlencode(self.params) if self.params else self.url


class Answer(NamedTuple):
    """What came back, whole. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def said(self) -> str:
        """The status in words.

        >>> Answer(503, {}, b"").said
        '503 Service Unavailable'
        """
        with suppress(ValueError):
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        return str(self.status)

    def retry(self, now: float) -> float | None:
        """Seconds after which the same may be asked again, 0 when nobody said; None when that would not help.

        `now` in seconds since 1970. Source of the headers: RFC 9110 §10.2.3; X-RateLimit-Reset is a number of seconds
        at Supabase, a time at Vercel.

        >>> [Answer(status, {"retry-after": "7"}, b"").retry(0) for status in (429, 503, 401)]
        [7.0, 7.0, None]
        >>> Answer(429, {"x-ratelimit-reset": "1795415700"}, b"").retry(1795415690.0)
        10.0
        >>> Answer(503, {"retry-after": "Mon, 23 Nov 2026 06:35:00 GMT"}, b"").retry(1795415690.0)
        10.0
        """
        if self.status != 429 and self.status < 500:
            return None
        told = self.headers.get("retry-after") or (self.headers.get("x-ratelimit-reset") if self.status == 429 else "")
        return max(0.0, _seconds(told or "", now))


class TooLargeError(TransportError):
    """The answer is larger than what is read of one: ask for less."""


class RefusedError(TransportError):
    """A stream was refused."""

    def __init__(self, url: str, answer: Answer) -> None:
        super().__init__(mask(f"{url}: {answer.said}"))
        self.answer = answer


def get_json(url: str, timeout: float) -> Any:
    """The JSON at a URL within `timeout` seconds in all: names, redirects, headers and body, however slowly they drip.

    Proxies of the environment are not used. Raises TransportError, without secrets in its message.
    """
    answer = exchange(Request(url), timeout)
    if not answer.ok:
        raise _failed(url, answer.said)
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise _failed(url, error) from None


def exchange(request: Request, timeout: float, largest: int = LARGEST) -> Answer:
    """The answer, whatever its status, within `timeout` seconds in all; of `largest` bytes at the most.

    Only what is got follows redirects. Raises TransportError, without secrets in its message.
    """
    said: queue.SimpleQueue[Any] = queue.SimpleQueue()
    sent = threading.Event()
    with _client(timeout) as client:
        # httpx limits each step, not their sum; when the time is over the thread is left, and its connection closed
        _thread(lambda: said.put(_whole(client, request, largest, sent)), said.put)
        try:
            answer = said.get(timeout=timeout)
        except queue.Empty:
            answer = TimeoutError(f"no whole answer in {timeout:g} s")
    if isinstance(answer, Answer):
        return answer
    kind = TooLargeError if isinstance(answer, OverflowError) else TransportError
    error = _failed(request.url, answer, kind)
    error.sent = sent.is_set()
    raise error


def listen(request: Request, timeout: float, tick: float) -> Iterator[bytes | None]:
    """The lines of an answer as they come, and None whenever `tick` seconds passed without one.

    `timeout`: seconds until the answer begins. Five minutes of silence are its end. Raises RefusedError for a status
    that is no success, TransportError.
    """
    said: queue.Queue[Any] = queue.Queue(AHEAD)
    closed = threading.Event()

    def tell(what: object) -> None:
        waiting = True
        while waiting and not closed.is_set():
            with suppress(queue.Full):
                said.put(what, timeout=0.1)
                waiting = False

    sockets: list[socket.socket] = []
    with _client(timeout, SILENCE) as client:
        try:
            _thread(lambda: _lines(client, request, tell, sockets.append), tell)
            yield from _told(request.url, said, timeout, tick)
        finally:
            closed.set()
            for each in sockets:  # or else the thread would read on
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)


def _told(url: str, said: queue.Queue[Any], timeout: float, tick: float) -> Iterator[bytes | None]:
    """What is said; first of all BEGUN, last of all None."""
    begun = False
    while True:
        try:
            line = said.get(timeout=tick if begun else timeout)
        except queue.Empty:
            if not begun:
                raise _failed(url, f"no answer in {timeout:g} s") from None
            yield None
            continue
        if line is None:
            return
        if isinstance(line, Exception):
            raise line if isinstance(line, TransportError) else _failed(url, line)
        if line is BEGUN:
            begun = True
        else:
            yield line


def _client(timeout: float, read: float = 0) -> httpx.Client:
    import httpx

    with TRUSTING:  # channels begin at once: one of them reads the authorities, the others wait for it
        trust = _trust()
    return httpx.Client(timeout=httpx.Timeout(timeout, read=read or timeout), verify=trust, trust_env=False)


@cache
def _trust() -> ssl.SSLContext:
    """Whom we trust, read once a process: it takes five times as long as a message."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)


def _thread(work: Callable[[], None], tell: Callable[[Exception], None]) -> None:
    """Works aside, and tells the exception that ended it: whatever it is, somebody waits for it."""

    def run() -> None:
        try:
            work()
        except Exception as error:
            tell(error)

    threading.Thread(target=run, name="dropmon-transport", daemon=True).start()


def _open(client: httpx.Client, request: Request, sent: threading.Event | None = None) -> Any:
    """The conversation; `sent` is set when a connection stands and the request goes out."""

    def trace(event: str, _: object) -> None:
        if sent and event.endswith("send_request_headers.started"):
            sent.set()

    own = (("User-Agent", f"dropmon/{__version__}"), *request.headers)
    headers = [(name.encode(), text.strip().encode()) for name, text in own]
    return client.stream(
        request.method, request.address, headers=headers, content=request.body,
        follow_redirects=request.follow and request.method == "GET", extensions={"trace": trace},
    )  # fmt: skip


def _whole(client: httpx.Client, request: Request, largest: int, sent: threading.Event) -> Answer:
    with _open(client, request, sent) as response:
        return Answer(response.status_code, _headers(response), _body(response, largest))


def _lines(
    client: httpx.Client,
    request: Request,
    tell: Callable[[object], None],
    opened: Callable[[socket.socket], None],
) -> None:
    with _open(client, request) as response:
        opened(response.extensions["network_stream"].get_extra_info("socket"))
        if not response.is_success:
            body = _body(response, LARGEST)
            return tell(RefusedError(request.url, Answer(response.status_code, _headers(response), body)))
        tell(BEGUN)
        pieces: list[bytes] = []
        size = 0
        for chunk in _chunks(response):
            *whole, rest = chunk.split(b"\n")
            for line in whole:
                tell(b"".join((*pieces, line)))
                pieces.clear()
                size = 0
            pieces.append(rest)
            size += len(rest)
            if size > LARGEST:
                raise OverflowError(f"a line is larger than {LARGEST >> 20} MiB")
        tell(b"".join(pieces))
        return tell(None)


def _chunks(response: httpx.Response) -> Iterator[bytes]:
    """What comes until the end, or until nothing has come for so long that the other side may be gone."""
    import httpx

    with suppress(httpx.ReadTimeout):
        yield from response.iter_bytes()


def _headers(response: httpx.Response) -> dict[str, str]:
    return {name.lower(): text for name, text in response.headers.items()}


def _body(response: httpx.Response, largest: int) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > largest:
            raise OverflowError(f"the answer is larger than {largest >> 20} MiB")
    return bytes(body)


def _seconds(told: str, now: float) -> float:
    with suppress(ValueError):
        number = float(told)
        return number - now if number > EPOCH else number
    with suppress(ValueError, TypeError):
        return parsedate_to_datetime(told).timestamp() - now
    return 0.0


def _failed(url: str, why: object, kind: type[TransportError] = TransportError) -> TransportError:
    reason = str(why).splitlines()[0] if str(why) else type(why).__name__
    return kind(mask(f"{url}: {reason}"))
