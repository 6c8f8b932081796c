"""What one look concluded: the verdict, what is wrong, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dropmon.checks.exchange import Exchange, Fault
from dropmon.model import Verdict
from dropmon.units import human_duration

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WAIT = 3600.0  # a server that asks for more is asked again all the same


class Finding(NamedTuple):
    """The verdict, what is wrong, what to do, and when the server wants to be asked again (seconds since 1970).

    `unreached`: nothing at all came back, which our own dead line would explain.
    """

    verdict: Verdict
    error: str = ""
    hint: str = ""
    retry_at: float | None = None
    unreached: bool = False


HEALTHY = Finding(Verdict.HEALTHY)


def broken(error: Exception) -> Finding:
    """The finding when the check itself broke: it is told like one that fails, and the others go on."""
    return Finding(Verdict.UNKNOWN, f"the check broke: {type(error).__name__}: {error}", "report it; it is our mistake")


def of_fault(exchange: Exchange, timeout: float) -> Finding | None:
    """The finding when there was no whole answer."""
    if exchange.fault is None:
        return None
    if exchange.fault is Fault.REQUEST:
        return Finding(Verdict.UNKNOWN, f"cannot be sent: {exchange.reason}", "dropmon rules check")
    error = {
        Fault.TIMEOUT: f"no answer in {human_duration(timeout)}: {stalled(exchange)}",
        Fault.CERTIFICATE: f"certificate not trusted: {_plainly(exchange.reason)}",
    }.get(exchange.fault, f"{exchange.fault.value}: {_plainly(exchange.reason)}")
    hint = ADVICE[exchange.fault].format(url=exchange.url)
    return Finding(Verdict.DOWN, error.rstrip(": "), hint, unreached=not exchange.answered)


def _plainly(reason: str) -> str:
    """libcurl's words without its own prefixes.

    >>> _plainly("SSL certificate problem: certificate has expired")
    'certificate has expired'
    """
    for prefix in (
        "SSL certificate problem: ",
        "SSL certificate OpenSSL verify result: ",
        "SSL: ",
        "TLS connect error: ",
    ):
        reason = reason.removeprefix(prefix)
    return reason


def stalled(exchange: Exchange) -> str:
    """Where a timed-out exchange stood."""
    phases = exchange.phases
    if phases.dns is None:
        return "the name did not resolve"
    if phases.connect is None:
        return "it did not connect"
    if phases.tls is None and exchange.url.startswith("https"):
        return "the TLS handshake did not end"
    return "connected, but no first byte" if phases.ttfb is None else "the answer did not end"


ADVICE = {
    Fault.DNS: "is the name right, and does our DNS work? try: curl -sv {url}",
    Fault.CONNECT: "is it running, and does a firewall stand between? try: curl -sv {url}",
    Fault.TIMEOUT: "is it overloaded? try: curl -sv {url}",
    Fault.CERTIFICATE: "renew or repair the certificate (its chain and its names)",
    Fault.TLS: "which TLS versions does it speak? try: curl -sv {url}",
    Fault.PROTOCOL: "something answers that does not speak HTTP as it should; try: curl -sv {url}",
    Fault.CUT: "the server gave up while answering: look at its logs",
    Fault.REDIRECT: "where does it lead? try: curl -sI {url}",
}


def of_status(exchange: Exchange, at: float, proof: tuple[str, ...]) -> Finding:
    """The finding for a status code that was not expected. `proof` names the variables we identify ourselves with."""
    code = exchange.status_code or 0
    if code == 429:
        return rate_limited(exchange.headers, at)
    if code in {401, 403}:
        return refused(code, proof)
    if 300 <= code < 400:
        where = exchange.location or "nowhere: there is no Location header"
        return Finding(
            Verdict.DOWN,
            f"HTTP {code}: redirects to {where}",
            "put the final address in `url`, or raise `redirects`",
        )
    error, hint = CODES.get(code, CODES.get(code // 100, ("not an HTTP status", "look at what answers there")))
    return Finding(Verdict.DOWN, f"HTTP {code}: {error}", hint)


CODES = {
    400: ("it does not understand the request", "ours: look at method, headers and body in the rules"),
    402: ("payment required: the account is frozen", "settle the bill of this account"),
    404: ("no such address", "ours: is the path right, and does the shop or account still exist?"),
    405: ("method not allowed", "ours: set `method` in the rules"),
    407: ("the proxy wants a login", "ours: put it in `proxy`"),
    410: ("gone for good", "ours: this address was retired; look for its successor"),
    423: ("locked: the account is suspended", "ask the provider why the account is locked"),
    430: ("refused for security reasons", "slow down, then ask the provider"),
    4: ("the request was refused", "ours: compare the request with the API's documentation"),
    5: ("an error on their side", "wait, or use what replaces it; tell those who depend on it"),
    1: ("only an interim answer", "look at what answers there"),
    2: ("not the success that `expect` asks for", "is `expect: {status: …}` right?"),
}


def rate_limited(headers: Mapping[str, str], at: float) -> Finding:
    """They are up, and we ask too often."""
    retry_at = wait_until(headers, at)
    error = "they are up, but throttle us"
    hint = "look for what else uses this account's quota"
    return Finding(Verdict.RATE_LIMITED, error, hint, retry_at)


def wait_until(headers: Mapping[str, str], at: float) -> float | None:
    """When to ask again: Retry-After in seconds or as a date, else X-Ratelimit-Reset (seconds since 1970).

    >>> wait_until({"retry-after": "2.5"}, 100.0), wait_until({"x-ratelimit-reset": "130"}, 100.0)
    (102.5, 130.0)
    >>> wait_until({"retry-after": "Thu, 01 Jan 1970 00:10:00 GMT"}, 100.0), wait_until({"retry-after": "soon"}, 100.0)
    (600.0, None)
    """
    written = headers.get("retry-after") or headers.get("x-ratelimit-reset")
    if not written:
        return None
    try:
        number = float(written)
        moment = at + number if "retry-after" in headers else number
    except ValueError:
        from email.utils import parsedate_to_datetime  # a tenth of the time that a whole run may take to start

        try:
            moment = parsedate_to_datetime(written).timestamp()
        except ValueError:
            return None
    return min(moment, at + LONGEST_WAIT) if moment > at else None


def refused(code: int, proof: tuple[str, ...]) -> Finding:
    """They are up, and do not accept what we identify ourselves with."""
    named = ", ".join(proof)
    what = "token expired or revoked" if code == 401 else "token lacks a permission, was revoked, or we are blocked"
    error = f"HTTP {code}: {what}" + (f" ({named})" if named else "")
    if code == 403:
        hint = f"give {f'the token in {named}' if named else 'its token'} the permission that this address needs"
    else:
        hint = f"make a new one at the provider, then set {named or 'it where the check takes it from'}"
    return Finding(Verdict.AUTH_FAILED, error, hint)


def of_certificate(expires: float | None, at: float, warn: float) -> Finding | None:
    """Degraded when the certificate ends within `warn` seconds."""
    if expires is None or expires - at >= warn:
        return None
    if expires <= at:
        return Finding(Verdict.DOWN, f"certificate expired {human_duration(at - expires)} ago", "renew it")
    return Finding(
        Verdict.DEGRADED,
        f"certificate ends in {human_duration(expires - at)}",
        "renew it; is its renewal still running?",
    )


def of_time(duration: float, limit: float | None, what: str = "slow") -> Finding | None:
    """Degraded when it took longer than `limit` seconds."""
    if limit is None or duration <= limit:
        return None
    taken = f"{what}: {human_duration(duration)}, more than {human_duration(limit)}"
    return Finding(Verdict.DEGRADED, taken, "see which phase grew: --format json")
