"""One libcurl handle: what is set on it before an exchange, and what is read from it afterwards.

Its times are taken in C when the bytes move, so that a busy Python never shows up as a slow server.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pycurl

from dropmon.checks.exchange import Exchange, Fault, Request, openssl_time, origin
from dropmon.model import Phases

PROTOCOLS = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS

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
MARKS = (
    pycurl.NAMELOOKUP_TIME_T,
    pycurl.CONNECT_TIME_T,
    pycurl.APPCONNECT_TIME_T,
    pycurl.PRETRANSFER_TIME_T,
    pycurl.STARTTRANSFER_TIME_T,
    pycurl.TOTAL_TIME_T,
)


def authorities() -> str:
    """The bundle of trusted authorities: $SSL_CERT_FILE, the system's, else certifi's."""
    usual = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
    named = os.environ.get("SSL_CERT_FILE") or next((path for path in usual if Path(path).exists()), None)
    if named:
        return named
    import certifi  # only a machine without a bundle of its own needs it

    return certifi.where()


def prepare(
    handle: Any,
    request: Request,
    timeout: float,
    addresses: Sequence[str],
    trusted: str,
    write: Callable[[bytes], int | None],
    header: Callable[[bytes], None],
) -> None:
    """Sets everything that matters on a handle that may have served before.

    `timeout` is what is left of the request's own, in seconds; `addresses` are those of its host.
    """
    set_ = handle.setopt
    handle.reset()
    set_(pycurl.URL, request.url)
    set_(pycurl.PROTOCOLS, PROTOCOLS)
    set_(pycurl.TIMEOUT_MS, max(1, round(timeout * 1000)))
    set_(pycurl.CONNECTTIMEOUT_MS, max(1, round(timeout * 1000)))
    set_(pycurl.NOSIGNAL, 1)
    set_(pycurl.FRESH_CONNECT, 1)
    set_(pycurl.FORBID_REUSE, 1)
    set_(pycurl.DNS_CACHE_TIMEOUT, 0)  # libcurl walks its whole cache at every transfer
    set_(pycurl.PROXY, request.proxy or "")
    set_(pycurl.USERAGENT, "dropmon")
    set_(pycurl.ACCEPT_ENCODING, "")
    set_(pycurl.WRITEFUNCTION, write)
    set_(pycurl.HEADERFUNCTION, header)
    if addresses:
        _, host, port = origin(request.url)
        set_(pycurl.RESOLVE, [f"+{host}:{port}:{','.join(addresses)}"])
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


def read(
    handle: Any, request: Request, code: int, reason: str, head: list[bytes], body: bytearray, truncated: bool
) -> Exchange:
    """What a finished handle holds. `code` and `reason` are libcurl's; 0 is well."""
    capped = truncated and code == pycurl.E_WRITE_ERROR
    status = handle.getinfo(pycurl.RESPONSE_CODE) or None
    return Exchange(
        url=request.url,
        duration=handle.getinfo(pycurl.TOTAL_TIME_T) / 1e6,
        phases=phases(handle),
        status_code=status,
        headers=headers(head),
        body=bytes(body),
        truncated=truncated,
        certificate_expires=certificate(handle) if request.url.startswith("https") else None,
        fault=None if capped or not code else fault(code, reason),
        reason=reason,
        location=_location(handle) if status and 300 <= status < 400 else None,
    )


def _location(handle: Any) -> str | None:
    """Where a redirect points, whatever its bytes are."""
    found = handle.getinfo_raw(pycurl.REDIRECT_URL)
    return found.decode("utf-8", "replace") if found else None


def fault(code: int, reason: str) -> Fault:
    """What libcurl's error code means to us. It calls text that is not HTTP a protocol we do not support."""
    return Fault.PROTOCOL if "HTTP/0.9" in reason else FAULTS.get(code, Fault.PROTOCOL)


def phases(handle: Any) -> Phases:
    """libcurl's marks, each counted from the start, as the time between them. It leaves stray marks after a failure."""
    dns, connect, tls, sent, first, total = (handle.getinfo(mark) / 1e6 for mark in MARKS)
    answered = connect and sent and first and handle.getinfo(pycurl.RESPONSE_CODE)
    return Phases(
        dns=dns if connect else None,
        connect=connect - dns if connect else None,
        tls=tls - connect if tls else None,
        ttfb=first - sent if answered else None,
        transfer=total - first if answered else None,
    )


def headers(lines: list[bytes]) -> dict[str, str]:
    r"""Header lines as a mapping; names in lower case, repeated values joined as HTTP allows.

    >>> headers([b"HTTP/1.1 200 OK\r\n", b"X-A: 1\r\n", b"x-a: 2\r\n", b"bad line\r\n"])
    {'x-a': '1, 2'}
    """
    found: dict[str, str] = {}
    for name, colon, value in (
        line.partition(":") for line in b"".join(lines[1:]).decode("utf-8", "replace").split("\n")
    ):
        if colon:
            key = name.strip().lower()
            found[key] = f"{found[key]}, {value.strip()}" if key in found else value.strip()
    return found


def certificate(handle: Any) -> float | None:
    """When the first certificate of the presented chain ends, even if the chain was refused."""
    chain = handle.getinfo(pycurl.INFO_CERTINFO) or ()
    ends = [openssl_time(value) for entry in chain for name, value in entry if name == "Expire date"]
    return min(ends, default=None)
