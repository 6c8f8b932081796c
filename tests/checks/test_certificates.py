"""A certificate that is refused still says when it ends."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from dropmon.model import Verdict, moment
from tests.checks.conftest import Look
from tests.checks.servers import Server, answer, serving

DAY = timedelta(days=1)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return str(tmp_path / "ca.pem")


def context(authority: trustme.CA, name: str, ends: datetime) -> ssl.SSLContext:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_before=datetime.now(UTC) - 90 * DAY, not_after=ends).configure_cert(tls)
    return tls


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def good(authority: trustme.CA, now: datetime) -> Iterator[Server]:
    with serving(answer(b"ok"), context(authority, "127.0.0.1", now + 60 * DAY)) as server:
        yield server


def test_a_trusted_certificate_is_healthy_and_its_end_is_told(
    look: Look, good: Server, bundle: str, now: datetime
) -> None:
    outcome = look("apis", url=good.url(), authorities=bundle)

    assert outcome.verdict is Verdict.HEALTHY
    assert outcome.certificate_expires == (now + 60 * DAY).timestamp()
    assert (outcome.phases.tls or 0) > 0


def test_an_expired_certificate_is_down_and_says_since_when(
    look: Look, authority: trustme.CA, bundle: str, now: datetime
) -> None:
    with serving(answer(b"ok"), context(authority, "127.0.0.1", now - 3 * DAY)) as server:
        for kind, keys in (("apis", {"url": server.url()}), ("tls", {"host": "127.0.0.1", "port": server.port})):
            outcome = look(kind, authorities=bundle, **keys)

            assert outcome.verdict is Verdict.DOWN
            assert "expired 3d" in outcome.error
            assert moment(outcome.certificate_expires or 0) == moment((now - 3 * DAY).timestamp())


def test_an_unknown_authority_is_down_and_the_end_is_still_told(look: Look, good: Server, now: datetime) -> None:
    outcome = look("apis", url=good.url())

    assert outcome.verdict is Verdict.DOWN
    assert outcome.error.startswith("certificate not trusted: ")
    assert outcome.certificate_expires == (now + 60 * DAY).timestamp()


def test_a_certificate_for_another_host_is_down_and_the_end_is_still_told(
    look: Look, authority: trustme.CA, bundle: str, now: datetime
) -> None:
    with serving(answer(b"ok"), context(authority, "other.example", now + 60 * DAY)) as server:
        outcome = look("apis", url=server.url(), authorities=bundle)

    assert outcome.verdict is Verdict.DOWN
    assert "certificate not trusted" in outcome.error
    assert outcome.certificate_expires == (now + 60 * DAY).timestamp()


@pytest.mark.parametrize(
    ("days", "verdict"), [(60, Verdict.HEALTHY), (20, Verdict.DEGRADED), (5, Verdict.DOWN)], ids=["far", "soon", "now"]
)
def test_the_tls_check_warns_in_time(
    look: Look, authority: trustme.CA, bundle: str, now: datetime, days: int, verdict: Verdict
) -> None:
    with serving(answer(b"ok"), context(authority, "127.0.0.1", now + days * DAY + timedelta(hours=1))) as server:
        outcome = look("tls", host="127.0.0.1", port=server.port, authorities=bundle, warn="21d", critical="7d")

    assert outcome.verdict is verdict
    assert outcome.certificate_expires


def test_an_api_whose_certificate_ends_soon_is_degraded(
    look: Look, authority: trustme.CA, bundle: str, now: datetime
) -> None:
    with serving(answer(b"ok"), context(authority, "127.0.0.1", now + 10 * DAY)) as server:
        outcome = look("apis", url=server.url(), authorities=bundle)

    assert outcome.verdict is Verdict.DEGRADED
    assert "certificate ends in 9d" in outcome.error or "certificate ends in 10d" in outcome.error


def test_mutual_tls_shows_our_certificate(
    look: Look, authority: trustme.CA, bundle: str, now: datetime, tmp_path: Path
) -> None:
    ours = authority.issue_cert("ops@example.com")
    ours.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    ours.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    tls = context(authority, "127.0.0.1", now + 60 * DAY)
    tls.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(tls)
    proof = {"certificate": str(tmp_path / "cert.pem"), "key": str(tmp_path / "key.pem")}

    with serving(answer(b"ok"), tls) as server:
        without = look("apis", url=server.url(), authorities=bundle)
        with_it = look("apis", url=server.url(), authorities=bundle, client_certificate=proof)

    assert without.verdict is Verdict.DOWN
    assert with_it.verdict is Verdict.HEALTHY


def test_a_bundle_that_is_not_there_is_unknown_and_named(look: Look, good: Server) -> None:
    outcome = look("apis", url=good.url(), authorities="/no/such/bundle.pem")

    assert outcome.verdict is Verdict.UNKNOWN
    assert "/no/such/bundle.pem" in outcome.error
