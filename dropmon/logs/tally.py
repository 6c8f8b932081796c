"""What was read, and how it went: the summary on stderr and the exit code come from here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from dropmon.logs.entry import Entry
from dropmon.logs.formats.failure import complaint

COUNTED = 16 << 20  # bytes of which the lines are counted: of more, the size says enough
MOST = 3  # sentences of failed inputs that are kept
GLIMPSE = 4 << 10  # bytes of the beginning, kept while nothing in it is an entry of a known shape
HELP = re.compile(
    r"^\s*(usage|synopsis|subcommands|options|flags|global flags|available commands)\b:?", re.IGNORECASE | re.MULTILINE
)
OPTION = re.compile(r"^\s+(-\w,? ?)?--[\w-]+", re.MULTILINE)
ABSENT = re.compile(r"(command not found|unknown (sub)?command|not recognized as|no such command)", re.IGNORECASE)


@dataclass
class Tally:
    """Counts of one run, over all its inputs."""

    size: int = 0  # bytes read
    lines: int = 0  # of the first COUNTED bytes
    matched: int = 0  # entries
    unparsed: int = 0  # entries among them that look like JSON and are none
    failed: int = 0  # blocks in which the input said that it failed
    failures: list[str] = field(default_factory=list)  # what it said, the first few
    cut: int = 0  # blocks that were too large to be judged whole, and not wanted as far as that went
    broken: list[list[str]] = field(default_factory=list)  # inputs that could not be read: what, and what to do
    told: bool = False  # whether anything was an entry: a level, a time, a document
    answered: bool = False  # whether there was a document without any entry, such as []
    glimpse: str = ""

    def look(self, block: bytes, entries: Iterable[Entry]) -> None:
        """Notes what an input says of itself."""
        none = True
        for entry in entries:
            none = False
            if entry.failure is not None:
                self.failed += 1
                self.failures = [*self.failures, entry.failure][:MOST]
            elif entry.level or entry.time is not None or entry.fields:
                self.told = True
        self.answered |= none
        if not self.told and len(self.glimpse) < GLIMPSE:
            self.glimpse += block[:GLIMPSE].decode("utf-8", "replace") + "\n"

    @property
    def is_told(self) -> bool:
        """Whether enough was looked at to know what the input is."""
        return self.told or len(self.glimpse) >= GLIMPSE

    @property
    def is_help(self) -> bool:
        """Whether all that came is a program's help, or a shell's complaint that there is no such program."""
        if self.told:
            return False
        return bool(ABSENT.search(self.glimpse) or (HELP.search(self.glimpse) and OPTION.search(self.glimpse)))

    @property
    def is_binary(self) -> bool:
        """Whether what came is no text: what no encoding explains, or a NUL at every other place."""
        strange = sum(each in "\0\ufffd" for each in self.glimpse)
        return not self.told and strange * 10 > len(self.glimpse)

    @property
    def is_blank(self) -> bool:
        """Whether nothing came but white space."""
        words = self.glimpse.replace("\ufeff", "")
        return not self.told and not self.answered and not self.failed and not words.strip()

    @property
    def complaint(self) -> str | None:
        """What a command or a proxy said, where that is all that came."""
        return None if self.told else complaint(self.glimpse.lstrip("\ufeff"))

    def packed(self) -> bytes:
        """For another process."""
        return json.dumps(asdict(self)).encode()

    def add(self, packed: bytes) -> None:
        """What another process counted of the same inputs."""
        other = Tally(**json.loads(packed))
        for name in ("size", "lines", "matched", "unparsed", "failed", "cut"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.failures = [*self.failures, *other.failures][:MOST]
        self.told |= other.told
        self.answered |= other.answered
        self.glimpse = self.glimpse or other.glimpse
