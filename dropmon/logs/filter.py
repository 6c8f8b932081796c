"""What becomes of a block: nothing, itself as it came, or its wanted entries as they are shown."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from dropmon.logs import formats
from dropmon.logs.entry import Entry
from dropmon.logs.formats.shortcut import level as quick
from dropmon.logs.level import Level
from dropmon.logs.query import Query, judge, passing
from dropmon.logs.select import EnoughError, Verdict
from dropmon.logs.tally import Tally

Printer = Callable[[Entry], bytes]  # an entry as it is shown, with its newline
More = Callable[[bytes], bytes]  # lines that follow an entry which is out already


class Filter:
    """Decides about blocks by a query. `printer` shows what is wanted; without one it goes out as it came."""

    def __init__(
        self, query: Query, tally: Tally, printer: Printer | None = None, more: More = bytes, limit: int | None = None
    ) -> None:
        plain = query.is_level_only and printer is None and limit is None
        levels = passing(query.least, query.only)
        self._verdicts: dict[Level | None, bool] | None = {each: each in levels for each in Level} if plain else None
        self._passes = judge(query)
        self._tally = tally
        self._printer = printer
        self._left = limit  # entries
        self.more = more

    def __call__(self, block: bytes) -> Verdict:
        """What to write of a block. Raises EnoughError with what is the last."""
        if self._verdicts is None:
            return self._read(block)
        level = quick(block)
        if level is None:
            level = formats.level(block)
        if level:
            self._tally.told = True
        elif level is None or not self._tally.is_told:
            return self._read(block)
        verdict = self._verdicts[level]
        if verdict:
            self._tally.matched += 1
        return verdict

    def cut(self) -> None:
        """Notes that not all of an input was judged."""
        self._tally.cut += 1

    def _read(self, block: bytes) -> Verdict:
        entries = formats.entries(block)
        self._tally.look(block, entries)
        wanted = [entry for entry in entries if self._passes(entry)]
        if not wanted:
            return False
        if self._left is not None and len(wanted) >= self._left:
            raise EnoughError(self._out(block, entries, wanted[: self._left]))
        if self._left is not None:
            self._left -= len(wanted)
        return self._out(block, entries, wanted)

    def _out(self, block: bytes, entries: tuple[Entry, ...], wanted: list[Entry]) -> Verdict:
        self._tally.matched += len(wanted)
        self._tally.unparsed += sum(not entry.parsed for entry in wanted)
        if self._printer:
            return b"".join(map(self._printer, wanted))
        if len(entries) == 1 and entries[0].raw == block:
            return True
        return b"".join(entry.raw + b"\n" for entry in wanted)


class Context:
    """Lets the blocks before and after a wanted one through, as grep's -B and -A do, with `--` between two groups."""

    GAP = b"--\n"

    def __init__(self, inner: Filter, before: int, after: int, shown: Callable[[bytes], bytes]) -> None:
        self._inner = inner
        self._before: deque[bytes] = deque(maxlen=before)
        self._after = after
        self._shown = shown
        self._left = 0  # blocks that still come out after a wanted one
        self._gap: bool | None = None  # whether blocks were left out since the last that came out; None: none came
        self._last = False  # whether no more is wanted but what comes after
        self.more = inner.more
        self.cut = inner.cut

    def __call__(self, block: bytes) -> Verdict:
        """What to write of a block, and of those before it. Raises EnoughError with what is the last."""
        if self._last:
            return self._trailing(block)
        try:
            verdict = self._inner(block)
        except EnoughError as enough:
            self._last = True
            verdict = enough.last
            if not self._after:
                raise EnoughError(self._group(block, verdict)) from None
        if verdict:
            return self._group(block, verdict)
        if self._left:
            self._left -= 1
            return self._shown(block)
        if len(self._before) == self._before.maxlen and self._gap is False:
            self._gap = True
        self._before.append(block)
        return False

    def _trailing(self, block: bytes) -> Verdict:
        self._left -= 1
        if not self._left:
            raise EnoughError(self._shown(block))
        return self._shown(block)

    def _group(self, block: bytes, verdict: Verdict) -> bytes:
        said = self._shown(block) if verdict is True else bytes(verdict)
        gap = self.GAP if self._gap else b""
        whole = b"".join((gap, *map(self._shown, self._before), said))
        self._before.clear()
        self._left, self._gap = self._after, False
        return whole
