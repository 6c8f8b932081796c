"""A small real name server on loopback, asked as the check asks it."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from pydantic import ValidationError

from dropmon.checks.finding import Finding
from dropmon.checks.probes.dns import Dns

KEY = "v=DKIM1; k=rsa; p=" + "A" * 300
ZONE = {
    ("a.test.", "A"): "127.0.0.1",
    ("a.test.", "AAAA"): "2001:db8::1",
    ("a.test.", "TXT"): f'"{KEY[:255]}" "{KEY[255:]}"',
    ("a.test.", "MX"): "10 Mail.Example.COM.",
    ("a.test.", "CNAME"): "Shops.Example.COM.",
    ("a.test.", "SOA"): "NS.example. admin.example. 1 2 3 4 5",
    ("a.test.", "CAA"): '0 issue "letsencrypt.org"',
}


class Query(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        packet, line = self.request
        query = dns.message.from_wire(packet)
        name, kind = query.question[0].name, query.question[0].rdtype
        if str(name) == "silent.test.":
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        text = ZONE.get((str(name), kind.name))
        if text:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind.name, text))
        elif str(name) == "gone.test.":
            answer.set_rcode(dns.rcode.NXDOMAIN)
        line.sendto(answer.to_wire(), self.client_address)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Query) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def measured(port: int, kind: str = "A", *expect: str, host: str = "a.test") -> Finding:
    keys = {"name": "it", "host": host, "type": kind, "expect": expect, "resolver": f"127.0.0.1:{port}"}
    return Dns.model_validate({**keys, "timeout": "300ms"}).measure()[0]


@pytest.mark.parametrize(
    ("kind", "expect"),
    [
        ("A", "127.0.0.1"),
        ("AAAA", "2001:DB8:0::1"),
        ("TXT", KEY),
        ("MX", "10 mail.example.com"),
        ("CNAME", "SHOPS.example.com."),
        ("SOA", "ns.example admin.example 1 2 3 4 5"),
        ("CAA", '0 issue "letsencrypt.org"'),
    ],
)
def test_a_value_is_found_however_it_is_spelt(port: int, kind: str, expect: str) -> None:
    assert measured(port, kind, expect).error == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "host", "expect", "error"),
    [
        ("MX", "a.test", ("20 mail.example.com",), "MX is 10 Mail.Example.COM.; 20 mail.example.com is missing"),
        ("TXT", "a.test", (KEY.lower(),), f"TXT is {KEY}; {KEY.lower()} is missing"),
        ("NS", "a.test", (), "a.test has no NS record"),
        ("A", "gone.test", (), "gone.test does not exist"),
        ("A", "silent.test", (), "no answer in 0.3 s"),
        ("A", "a..test", (), "cannot be resolved: A DNS label is empty."),
    ],
)
def test_what_is_not_there_is_down(port: int, kind: str, host: str, expect: tuple[str, ...], error: str) -> None:
    found = measured(port, kind, *expect, host=host)
    assert (found.verdict.word, found.error) == ("down", error)
    assert found.hint.endswith(f"dig {host} {kind} -p {port} @127.0.0.1")


@pytest.mark.parametrize(
    "resolver", ["dns.google", "1.1.1", "1.1.1.1:0", "1.1.1.1:70000", "[1.1.1.1]:53", "[::1", "::1:x", "[]", "", ":53"]
)
def test_a_server_that_is_no_address_is_refused_with_the_rules(resolver: str) -> None:
    with pytest.raises(ValidationError, match="is not a name server"):
        Dns.model_validate({"name": "it", "host": "a.test", "resolver": resolver})
