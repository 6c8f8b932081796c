"""`runbooks:` where the pages are that say what to do."""

from __future__ import annotations

from pydantic import Field

from dropmon.rules.addresses import Url
from dropmon.rules.types import Section


class Runbooks(Section):
    """Where the pages are that say what to do."""

    folder: str | None = Field(None, description="Of NAME.md files, beside the rules file. Default: runbooks.")
    url: Url | None = Field(None, description="Where people read them: messages link to URL/NAME.")


SHAPE = Runbooks
empty = Runbooks.model_construct
