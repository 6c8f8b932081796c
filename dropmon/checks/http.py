"""What checks over HTTP have in common: how they are asked, and how their answers are judged."""

from __future__ import annotations

from typing import Literal, Self
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import Field, model_validator

from dropmon.checks import finding, quirks
from dropmon.checks.exchange import Exchange, Fault, Request, origin
from dropmon.checks.expect import Expect
from dropmon.checks.finding import Finding
from dropmon.checks.probe import WireProbe
from dropmon.hosts import local
from dropmon.model import Verdict
from dropmon.rules.addresses import Url
from dropmon.rules.secrecy import TELLING
from dropmon.rules.types import Address, Header, Secret, Section, Size
from dropmon.secrets import basic

ASCII = "".join(map(chr, range(0x21, 0x7F)))  # what a URL may hold as it is; the rest is percent-encoded as UTF-8


class Login(Section):
    """HTTP basic authentication."""

    username: str
    password: Secret


class ClientCertificate(Section):
    """Mutual TLS: the files that prove who we are."""

    certificate: str = Field(description="PEM file with our certificate.")
    key: str = Field(description="PEM file with its private key.")
    password: Secret | None = None

    def files(self) -> tuple[str, str, str]:
        return self.certificate, self.key, self.password.get_secret_value() if self.password else ""


class Targets(Section):
    """Many checks from one entry: a query, or a file that changes. Columns: name, url, and ${column:…} anywhere."""

    sql: str | None = None
    database: str = Field("main", description="The entry of `databases:` that the query runs on.")
    file: str | None = Field(None, description="YAML, JSON lines or CSV, beside the rules file.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.sql is None) == (self.file is None):
            raise ValueError("targets come from either 'sql' or 'file'")
        return self


class Http(WireProbe):
    """An address that is asked over HTTP."""

    url: Url = Field(description="http:// or https://")
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    headers: dict[str, Header] = Field(
        default_factory=dict, description="Sent to this host only, never after a redirect to another."
    )
    body: str | None = None
    login: Login | None = None
    client_certificate: ClientCertificate | None = None
    authorities: str | None = Field(None, description="PEM file of the authorities to trust instead of the system's.")
    proxy: Address | None = Field(None, description="Only used when it stands here; the environment's is not.")
    redirects: int = Field(5, ge=0, le=20, description="How many to follow; 0 judges the redirect itself.")
    max_body: Size = Field(1048576, description="Bytes after decompression that are read at the most.")
    expect: Expect = Field(default_factory=Expect)
    status_page: Url | None = Field(None, description="Asked when the check fails: their incident, or not?")
    targets: Targets | None = None

    def credentials(self) -> tuple[str, ...]:
        login = (basic(self.login.username, self.login.password.get_secret_value()),) if self.login else ()
        return login + tuple(value for name, value in parse_qsl(urlsplit(self.url).query) if TELLING.search(name))

    def beyond(self) -> bool:
        return not local(origin(self.url)[1])

    def request(self) -> Request:
        return Request(
            url=quote(self.url, safe=ASCII),
            timeout=self.timeout,
            method=self.method,
            headers=tuple((name, value.get_secret_value()) for name, value in self.headers.items()),
            body=None if self.body is None else self.body.encode(),
            login=(self.login.username, self.login.password.get_secret_value()) if self.login else None,
            certificate=self.client_certificate.files() if self.client_certificate else None,
            authorities=self.authorities,
            proxy=self.proxy.get_secret_value() if self.proxy else None,
            redirects=self.redirects,
            max_body=self.max_body,
        )

    def judge(self, exchange: Exchange, at: float, proof: tuple[str, ...]) -> Finding:
        return (
            self._ended(exchange, at)
            or finding.of_fault(exchange, self.timeout)
            or self._status(exchange, at, proof)
            or (quirks.hidden_error(exchange, at) if self.method != "HEAD" else None)
            or self.expect.unmet(exchange)
            or finding.of_certificate(exchange.certificate_expires, at, self.expect.certificate)
            or quirks.version_drift(exchange)
            or finding.of_time(exchange.duration, self.expect.max_time)
            or finding.of_time(exchange.phases.ttfb or 0.0, self.expect.max_ttfb, "slow first byte")
            or finding.HEALTHY
        )

    def _ended(self, exchange: Exchange, at: float) -> Finding | None:
        """An expired certificate is said to be expired, whatever else is wrong with it."""
        if exchange.fault is not Fault.CERTIFICATE:
            return None
        return finding.of_certificate(exchange.certificate_expires, at, 0)

    def _status(self, exchange: Exchange, at: float, proof: tuple[str, ...]) -> Finding | None:
        if self.expect.accepts(exchange.status_code):
            return None
        if exchange.status_code in {401, 403} and not (proof or self.headers or self.login or self.client_certificate):
            return Finding(Verdict.AUTH_FAILED, f"HTTP {exchange.status_code}: no token was sent", "add its `headers:`")
        return finding.of_status(exchange, at, proof)
