"""A shop on loopback: its page, and Supabase's REST for the beacons that the page sends."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, NamedTuple

Rest = Callable[[str, dict[str, str], list[dict[str, Any]]], None]


class Page(NamedTuple):
    """What is answered at an address, after so many seconds."""

    body: str
    status: int = 200
    type: str = "text/html; charset=utf-8"
    wait: float = 0.0
    location: str = ""


class Shop:
    """`pages` by path, and what a row that is posted to a table does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.pages: dict[str, Page] = {}
        self.rest: Rest = lambda table, headers, rows: None
        self.refused: list[str] = []
        self.waiting = False  # somebody asked for what takes long


class Handler(BaseHTTPRequestHandler):
    """Answers as PostgREST behind Supabase's gateway does, to pages of any origin."""

    @property
    def shop(self) -> Shop:
        found: Shop = self.server.shop  # type: ignore[attr-defined]
        return found

    def do_GET(self) -> None:
        page = self.shop.pages.get(self.path.partition("?")[0], Page("not here", 404))
        self.shop.waiting = self.shop.waiting or page.wait > 10
        time.sleep(page.wait)
        self._say(page.status, page.body.encode(), {"Content-Type": page.type, "Location": page.location})

    def do_OPTIONS(self) -> None:
        allowed = {
            "Access-Control-Allow-Headers": "apikey, content-type, prefer",
            "Access-Control-Allow-Methods": "POST",
        }
        self._say(204, b"", allowed)

    def do_POST(self) -> None:
        headers = {name.lower(): text for name, text in self.headers.items()}
        rows = json.loads(self.rfile.read(int(headers.get("content-length", 0))))
        try:
            self.shop.rest(self.path.removeprefix("/rest/v1/"), headers, rows)
            self._say(201, b"", {})
        except Exception as error:
            self.shop.refused.append(str(error))
            self._say(400, b"{}", {})

    def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        own = {"Content-Length": str(len(body)), "Access-Control-Allow-Origin": "*", **headers}
        for name, text in own.items():
            if text:
                self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def shop() -> Iterator[Shop]:
    """A shop that is open until the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.shop = Shop(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server.shop  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()


def module() -> str:
    """web-vitals as a module, from the copy that lab runs use."""
    library = files("dropmon.browser").joinpath("web-vitals.iife.js").read_text()
    return library + "\nexport const {onCLS, onFCP, onINP, onLCP, onTTFB} = webVitals;\n"
