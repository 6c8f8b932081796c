"""A name server for the demo's zone: any name under it is 127.0.0.1."""

from __future__ import annotations

import struct
import time
from socketserver import BaseRequestHandler, ThreadingUDPServer
from typing import TYPE_CHECKING, ClassVar

from dropmon.demo.standin import SLOWNESS, Fault, Standin

if TYPE_CHECKING:
    from socketserver import TCPServer

A = 1
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
ZONE = b"\x0ddrop-craft-ai\x07example\x00"
FAILURES: dict[Fault | None, int] = {Fault.AUTH: REFUSED, Fault.LIMIT: SERVFAIL}


def question(packet: bytes) -> tuple[bytes, int, bytes]:
    """The name as labels, the type, and the whole question of a query (RFC 1035 §4.1).

    Raises ValueError when the packet is none.
    """
    end = packet.find(b"\x00", 12)
    if end < 0 or len(packet) < end + 5:
        raise ValueError("not a DNS query")
    return packet[12 : end + 1], struct.unpack_from("!H", packet, end + 1)[0], packet[12 : end + 5]


def respond(packet: bytes, fault: Fault | None) -> bytes:
    """The answer to one query."""
    name, kind, asked = question(packet)
    code = FAILURES.get(fault) or (NOERROR if name.lower().endswith(ZONE) else NXDOMAIN)
    found = code == NOERROR and kind == A and fault is not Fault.EMPTY
    address = bytes([203, 0, 113, 9]) if fault is Fault.WRONG else bytes([127, 0, 0, 1])
    header = packet[:2] + struct.pack("!HHHHH", 0x8580 | code, 1, int(found), 0, 0)
    record = struct.pack("!HHHIH", 0xC00C, A, 1, 60, 4) + address
    return header + asked + (record if found else b"")


class Query(BaseRequestHandler):
    server: Listener

    def handle(self) -> None:
        packet, line = self.request
        fault = self.server.standin.fault
        time.sleep(SLOWNESS if fault is Fault.SLOW else 0)
        if fault is not Fault.DOWN:
            line.sendto(respond(packet, fault), self.client_address)


class Listener(ThreadingUDPServer):
    daemon_threads = True

    def __init__(self, standin: Standin, port: int) -> None:
        self.standin = standin
        super().__init__(("127.0.0.1", port), Query)

    def handle_error(self, request: object, client_address: object) -> None:
        """What is no query gets no answer."""


class Dns(Standin):
    """A name server."""

    name: ClassVar[str] = "dns"
    scheme: ClassVar[str] = "dns"

    def listen(self, port: int) -> TCPServer:
        return Listener(self, port)
