"""What is sent and what comes back: one HTTP exchange, one TLS handshake or one TCP connection, as frozen data."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from dropmon.model import UNTIMED, Phases

if TYPE_CHECKING:
    from collections.abc import Mapping

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
REDIRECTS = {301, 302, 303, 307, 308}


class Fault(Enum):
    """Why there was no whole answer."""

    DNS = "the name cannot be resolved"
    CONNECT = "no connection"
    TIMEOUT = "no answer in time"
    CERTIFICATE = "the certificate is not trusted"
    TLS = "the TLS handshake failed"
    PROTOCOL = "the answer is not valid HTTP"
    CUT = "the connection closed before the answer was whole"
    REDIRECT = "the redirect cannot be followed"
    REQUEST = "the request cannot be sent"

    @property
    def network(self) -> bool:
        """Whether our own line could be the cause."""
        return self in {Fault.DNS, Fault.CONNECT, Fault.TIMEOUT}

    @property
    def passing(self) -> bool:
        """Whether trying again may help."""
        return self in {Fault.DNS, Fault.CONNECT, Fault.TIMEOUT, Fault.CUT, Fault.TLS}


class Request(NamedTuple):
    """One thing to send. `timeout` covers all of it, in seconds; `max_body` counts decompressed bytes."""

    url: str
    timeout: float
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    login: tuple[str, str] | None = None
    certificate: tuple[str, str, str] | None = None  # file, key file, password of the key
    authorities: str | None = None
    proxy: str | None = None
    redirects: int = 5
    max_body: int = 1 << 20
    connect_only: bool = False  # stop when connected (and, for https, when the handshake is done)


class Exchange(NamedTuple):
    """What came back. Times in seconds; header names in lower case, as the last answer had them."""

    url: str
    duration: float = 0.0
    phases: Phases = UNTIMED
    status_code: int | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""
    truncated: bool = False  # there was more than `max_body`
    certificate_expires: float | None = None  # earliest of the chain that was presented, seconds since 1970
    fault: Fault | None = None
    reason: str = ""  # libcurl's own words about the fault
    location: str | None = None  # where a redirect points, as a whole URL

    @property
    def answered(self) -> bool:
        """Whether anything came back from the network, were it only a refusal."""
        return self.phases.connect is not None or "refused" in self.reason

    @property
    def text(self) -> str:
        """The body as text, whatever its bytes are."""
        return self.body.decode("utf-8", "replace")


class Effort(NamedTuple):
    """What earlier tries have cost: how many there were, and the seconds they and the pauses took."""

    tries: int = 0
    spent: float = 0.0


class Again(NamedTuple):
    """A further try: what to send, after a pause of so many seconds."""

    request: Request
    pause: float


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what credentials belong to. The host is empty for what is no URL.

    >>> origin("https://Shop.example/a") == origin("https://shop.example:443/b")
    True
    >>> origin("http://a:99999999/"), origin("http://[::1/")
    (('', '', 0), ('', '', 0))
    """
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0


def redirected(request: Request, exchange: Exchange) -> Request | None:
    """The next request when the answer is a redirect that may be followed, else None.

    Another origin gets none of our headers, login or certificate; a body never follows there.

    >>> ask = Request("https://a.example/x", 10, headers=(("apikey", "k"),))
    >>> answer = Exchange(ask.url, 2, status_code=302, location="https://b.example/y")
    >>> again = redirected(ask, answer)
    >>> again.url, again.headers, again.timeout, again.redirects
    ('https://b.example/y', (), 8, 4)
    """
    if exchange.status_code not in REDIRECTS or not exchange.location or not request.redirects:
        return None
    if not origin(exchange.location)[1]:
        return None
    to_get = exchange.status_code == 303 or (exchange.status_code in {301, 302} and request.method == "POST")
    if request.body is not None and not to_get and origin(exchange.location) != origin(request.url):
        return None
    following = request._replace(
        url=exchange.location,
        redirects=request.redirects - 1,
        timeout=request.timeout - exchange.duration,
    )
    if to_get and request.method != "HEAD":
        following = following._replace(method="GET", body=None)
    if origin(exchange.location) != origin(request.url):
        following = following._replace(headers=(), login=None, certificate=None)
    return following


def joined(before: Exchange, after: Exchange) -> Exchange:
    """Two hops as one exchange: times add up, the rest is the last hop's."""
    phases = Phases(*(_sum(a, b) for a, b in zip(before.phases, after.phases, strict=True)))
    earliest = min((e for e in (before.certificate_expires, after.certificate_expires) if e), default=None)
    return after._replace(duration=before.duration + after.duration, phases=phases, certificate_expires=earliest)


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None and other is None else (one or 0.0) + (other or 0.0)


def openssl_time(text: str) -> float:
    """Seconds since 1970 of OpenSSL's 'Nov 23 07:32:07 2026 GMT', in any locale.

    >>> openssl_time("Nov 23 07:32:07 2026 GMT"), openssl_time("Jan  1 00:00:00 1970 GMT")
    (1795419127.0, 0.0)
    """
    from datetime import UTC, datetime

    month, day, clock, year, _ = text.split()
    hour, minute, second = map(int, clock.split(":"))
    return datetime(int(year), MONTHS.index(month) + 1, int(day), hour, minute, second, tzinfo=UTC).timestamp()
