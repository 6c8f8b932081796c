"""HTTP endpoints: third-party APIs and edge functions."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from dropmon.checks.expect import Expect
from dropmon.checks.probe import WireProbe
from dropmon.rules.types import Secret, Section, Size


class Login(Section):
    """HTTP basic authentication."""

    username: str
    password: Secret


class ClientCertificate(Section):
    """Mutual TLS: the files that prove who we are."""

    certificate: str = Field(description="PEM file with our certificate.")
    key: str = Field(description="PEM file with its private key.")
    password: Secret | None = None


class Targets(Section):
    """Many checks from one entry: a query, or a file that changes. Columns: name, url, and ${column:…} anywhere."""

    sql: str | None = None
    database: str = Field("main", description="The entry of `databases:` that the query runs on.")
    file: str | None = Field(None, description="YAML, JSON lines or CSV, beside the rules file.")


class Http(WireProbe):
    """Third-party APIs and edge functions over HTTP."""

    sections: ClassVar[tuple[str, ...]] = ("apis", "functions")

    url: str = Field(description="http:// or https://")
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = "GET"
    headers: dict[str, Secret] = Field({}, description="Sent to this host only, never after a redirect to another.")
    body: str | None = None
    login: Login | None = None
    client_certificate: ClientCertificate | None = None
    authorities: str | None = Field(None, description="PEM file of the authorities to trust instead of the system's.")
    proxy: Secret | None = Field(None, description="Only used when it stands here; the environment's is not.")
    redirects: int = Field(5, ge=0, le=20, description="How many to follow; 0 judges the redirect itself.")
    max_body: Size = Field(1048576, description="Bytes after decompression that are read at the most.")
    expect: Expect = Expect()
    status_page: str | None = Field(None, description="Asked when the check fails: their incident, or not?")
    targets: Targets | None = None
