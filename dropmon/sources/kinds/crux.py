"""The Chrome UX Report: what Chrome's users have waited for in the last 28 days.

Source: https://developer.chrome.com/docs/crux/api. Free; 150 requests a minute for each Google Cloud project.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Literal

from pydantic import Field

from dropmon.errors import DropmonError
from dropmon.rules.addresses import Url
from dropmon.rules.types import Duration, Listed, Secret
from dropmon.sources.parts import Part
from dropmon.sources.source import Told
from dropmon.sources.web import RefusedError, Web
from dropmon.transport import Request
from dropmon.vitals import crux
from dropmon.vitals.reading import numbers, shown
from dropmon.vitals.vital import EVERY, METRIC

FormFactor = Literal["phone", "desktop", "tablet", "all"]
FEW = "too few people have opened it with Chrome"
INSTEAD = "ask for its origin (https://shop.example, no path) or form_factors: all; `beacons` counts your own visitors"


class Crux(Web):
    """Core Web Vitals of Chrome's users, 28 days of them: a page, or (without a path) a whole origin."""

    key: Secret = Field(description="An API key of a Google Cloud project with the Chrome UX Report API.")
    pages: Listed[Url] = Field(min_length=1, description="https://shop.example is all of it, with / the front page.")
    form_factors: Listed[FormFactor] = ("phone", "desktop")
    every: Duration = Field(EVERY["crux"], description="Google counts anew once a day.")
    url: Url = "https://chromeuxreport.googleapis.com"

    def asks(self) -> str:
        return f"web vitals of {', '.join(map(shown, self.pages))} ({', '.join(self.form_factors)})"

    def tell(self, at: float) -> Iterable[Told]:
        return self.apart(*(self.one(page, each, at) for page in self.pages for each in self.form_factors))

    def one(self, page: str, form_factor: str, at: float) -> Part:
        """The question about one page on one kind of device."""
        labels = {"source": "crux", "page": shown(page), "form_factor": form_factor}
        return self.part(partial(self.record, page, form_factor, at), METRIC, **labels)

    def record(self, page: str, form_factor: str, at: float) -> Iterator[Told]:
        """The vitals of one page on one kind of device. Raises DropmonError when there are none."""
        body = json.dumps(crux.asked(page, form_factor)).encode()
        headers = (("Content-Type", "application/json"),)
        key = (("key", self.key.get_secret_value()),)
        found = list(
            crux.read(self._ask(Request(f"{self.url}/v1/records:queryRecord", key, headers, "POST", body), at))
        )
        if not found:
            raise missing(page, form_factor)
        for told in found:
            for each in numbers(told, source="crux", page=shown(page), form_factor=form_factor):
                yield self.reading(each.metric, each.value, **each.labels)

    def _ask(self, request: Request, at: float) -> object:
        try:
            return self.ask(request, at).body
        except RefusedError as error:
            if error.status != 404 or ": " not in error.what:  # without a reason of Google's it is another server
                raise
            return None  # it knows of no such page, or of too few who opened it


def missing(page: str, form_factor: str) -> DropmonError:
    """Why there is no number: no outage."""
    of = "" if form_factor == "all" else f" on a {form_factor}"
    return DropmonError(f"no data: the Chrome UX Report has none of {shown(page)}{of}: {FEW}", INSTEAD)
