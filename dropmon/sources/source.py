"""What every source has in common: its keys in the rules, how it is asked, what it tells."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, NamedTuple, Self

from pydantic import Field

from dropmon.errors import DropmonError
from dropmon.model import Event
from dropmon.rules.types import Duration, Section, Written

Labels = tuple[tuple[str, str], ...]  # sorted by key, so that equal series are equal


class Reading(NamedTuple):
    """One number that a source tells, or why there is none."""

    metric: str
    labels: Labels = ()
    value: float | None = None
    error: str = ""
    hint: str = ""
    retry_at: float | None = None  # seconds since 1970 before which it does not want to be asked again


Told = Reading | Event
Clock = Callable[[], float]  # seconds since 1970


class Server(NamedTuple):
    """A PostgreSQL server of `databases:`; one that cannot be asked has a `problem`."""

    url: str
    timeout: float = 10.0  # seconds
    problem: DropmonError | None = None


def label(text: str) -> str:
    """The name of a label as Prometheus allows it.

    >>> label("team")
    'team'
    >>> label("?column?")
    Traceback (most recent call last):
    ValueError: '?column?' is not a label's name: use letters, digits and _
    """
    if not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", text):
        raise ValueError(f"{text!r} is not a label's name: use letters, digits and _")
    if text.startswith("__"):
        raise ValueError(f"{text!r} is not a label's name: those that begin with __ are Prometheus' own")
    return text


LabelName = Annotated[str, Written(label, str, "team", wants="a label's name")]


class Source(Section):
    """What every source has in common."""

    distinct_by: ClassVar[str] = ""  # the field that tells the entries of a list apart; without it there is one entry
    happenings: ClassVar[bool] = False  # whether it tells events: deployments, releases

    every: Duration = Field(300.0, description="How often cron runs it; its samples stand for 2.5 times as long.")
    labels: dict[LabelName, str] = Field({}, description="Labels on every sample.")

    def known_as(self) -> str:
        """What you type after `dropmon source collect`: that field, or else the key, which is the name of the file."""
        return str(getattr(self, self.distinct_by)) if self.distinct_by else type(self).__module__.rpartition(".")[2]

    @classmethod
    def called(cls, written: object, kind: str) -> str:
        """The same of an entry as it is written, which may lack a variable."""
        return str(written.get(cls.distinct_by, kind)) if cls.distinct_by and isinstance(written, dict) else kind

    def asks(self) -> str:
        """What is asked of whom, in one line."""
        raise NotImplementedError

    def lane(self) -> str:
        """Sources of one lane are asked one after the other, all lanes at once."""
        return self.known_as()

    @classmethod
    def told(
        cls, lane: Sequence[Self], servers: Mapping[str, Server], clock: Clock
    ) -> Iterator[Iterable[Told]]:  # fmt: skip
        """What each source of a lane tells, in their order. Raises DropmonError for all that are still to come."""
        raise NotImplementedError

    def failed(self, what: str, hint: str = "") -> Reading:
        """The reading of a source that told nothing."""
        return Reading(self.known_as(), tuple(sorted(self.labels.items())), None, what, hint)


class Given(NamedTuple):
    """One source as the rules give it, with either `source` or `problem`."""

    kind: str  # its key under `sources:`
    name: str
    source: Source | None = None
    problem: DropmonError | None = None  # a variable that this environment lacks

    @property
    def key(self) -> str:
        """Under which it is remembered: its name, and what tells it apart from another one of this name.

        >>> Given("vercel", "vercel").key
        'vercel'
        """
        if self.source is None or not self.source.distinct_by:
            return self.name
        written = f"{self.kind} {self.source!r}".encode()  # secrets are masked in it
        return f"{self.name} {hashlib.blake2b(written, digest_size=6).hexdigest()}"
