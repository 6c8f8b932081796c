"""The shop's own page."""

from __future__ import annotations

from importlib.resources import files
from typing import ClassVar

from dropmon.demo.exchange import Answer, Request, page
from dropmon.demo.standin import Standin


class Storefront(Standin):
    """The storefront."""

    name: ClassVar[str] = "storefront"

    def answer(self, request: Request) -> Answer:
        if request.path != "/":
            return page("<!doctype html><title>404</title><h1>Page introuvable</h1>", 404)
        html = (files("dropmon.demo") / "storefront.html").read_text("utf-8")
        return page(html, headers={"Cache-Control": "public, max-age=60"})
