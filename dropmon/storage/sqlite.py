"""The embedded store: one SQLite file."""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import lru_cache
from itertools import groupby
from json.encoder import encode_basestring_ascii as quoted
from math import inf, nan
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from dropmon.errors import StorageError
from dropmon.history.retention import HOUR_MS
from dropmon.secrets import mask
from dropmon.storage import queries
from dropmon.storage.failures import explained
from dropmon.storage.keeping import keep
from dropmon.storage.opening import VERSION, open_database, transaction
from dropmon.storage.parameters import FAR, listed, milliseconds, ranged
from dropmon.storage.runs import Gathering, Growing, outlined, runs
from dropmon.storage.store import Fold, Info, Series, State, T

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from dropmon.history.hours import Hour
    from dropmon.history.retention import Retention
    from dropmon.model import Columns, Sample
    from dropmon.storage.matcher import Matcher
    from dropmon.storage.store import Aggregate, Grown, Labels, Point, Tidied
    from dropmon.storage.tidying import Walk

AT_LEAST = 100  # series that every recording tidies; more when it brings more
REMEMBERED = 20_000  # series whose number is kept in memory: about 8 MB
LAST_NAME = chr(0x10FFFF)  # sorts after every name
AT_ONCE = 21_600_000  # milliseconds up to which the samples of many series are asked for together


class SqliteStore:
    """See `dropmon.storage.Store`. One connection, for the thread that opened it."""

    def __init__(self, path: Path, retention: Retention, patience: float, rules: str = "") -> None:
        self.place = str(path)
        self.rules = rules  # the file on whose behalf it is used
        self.retention = retention
        self._database = open_database(path, patience)
        self._ids: dict[tuple[str, Labels], int] = {}
        self._seen = 0  # the version of the data that _ids was learnt from

    def record(self, samples: Iterable[Sample], states: Iterable[State] = (), now: float | None = None) -> int:
        states = tuple(states)
        kept = self.revise(lambda: (samples, states))
        now = max((state.at for state in states), default=None) if now is None else now
        if now is not None:
            try:
                self._tidy_a_little(now, kept)
            except StorageError as error:
                raise StorageError(f"kept, but old samples could not be tidied: {error.what}", error.hint) from error
        return kept

    def revise(self, make: Callable[[], tuple[Iterable[Sample], Iterable[State]]]) -> int:
        with self._writing():
            samples, states = make()
            kept = keep(self._database, self._rows(samples))
            self._database.executemany(
                queries.KEEP_STATE, ((s.kind, mask(s.name), s.verdict, s.since, s.at, s.retry_at) for s in states)
            )
        return kept

    def take_in(self, columns: Columns) -> int:
        series, places, times, values = columns
        with self._writing():
            known = self._ids
            ids = {place: known.get(series[place]) or self._identify(*series[place]) for place in {*places}}
            return keep(self._database, zip(map(ids.__getitem__, places), times, values, strict=True))

    def states(self, kinds: Iterable[str] | None = None) -> dict[tuple[str, str], State]:
        with explained(self.place):
            rows = self._database.execute(queries.STATES, (listed(kinds),))
            return {(row[0], row[1]): State(*row) for row in rows}

    def series(self, name: str | None = None, matchers: Sequence[Matcher] = ()) -> list[Series]:
        with explained(self.place):
            rows = self._database.execute(queries.SERIES, ("", LAST_NAME) if name is None else (name, name))
            found = [Series(number, name, decoded(labels)) for number, name, labels in rows]
        return [one for one in found if all(matcher.accepts(dict(one.labels)) for matcher in matchers)]

    def recent(self, name: str, count: int, only: Iterable[Labels] | None = None) -> dict[Labels, list[Point]]:
        wanted = None if only is None else [encoded(labels) for labels in only]
        with explained(self.place):
            rows = self._database.execute(queries.RECENT, (name, count, listed(wanted)))
            return {
                decoded(labels): [(time, nan if value is None else value) for _, time, value in points]
                for labels, points in groupby(rows, itemgetter(0))
            }

    def latest(self, name: str, at: float | None = None) -> dict[Labels, Point]:
        with explained(self.place):
            rows = self._database.execute(queries.LATEST, (name, milliseconds(FAR if at is None else at)))
            return {decoded(labels): (time, nan if value is None else value) for labels, time, value in rows}

    def samples(self, ids: Iterable[int], start: float, end: float) -> Iterator[tuple[int, float, float]]:
        with explained(self.place):
            for number, time, value in self._database.execute(queries.SAMPLES, ranged(ids, start, end)):
                yield number, time, nan if value is None else value

    def aggregate(self, function: Aggregate, ids: Iterable[int], start: float, end: float) -> dict[int, float]:
        query = queries.AGGREGATE.format(function=queries.AGGREGATES[function])
        with explained(self.place):
            rows = self._database.execute(query, ranged(ids, start, end))
            return {number: nan if value is None else value for number, value in rows if value != "none"}

    def runs(self, ids: Sequence[int], start: int, end: int) -> Iterator[tuple[int, list[int], list[float]]]:
        with explained(self.place):
            if end - start > AT_ONCE or len(ids) < 4:
                for number in ids:
                    yield from runs(self._database.execute(queries.RUN, (number, start, end)))
            else:
                yield from runs(self._database.execute(queries.RUNS, (json.dumps(ids), start, end)))

    def points(
        self, ids: Sequence[int], ends: Sequence[int], length: int
    ) -> Iterator[tuple[int, Sequence[int], Sequence[float]]]:
        with explained(self.place):
            yield from runs(self._database.execute(queries.POINTS, (json.dumps(ids), json.dumps([*ends]), length)))

    def aggregates(
        self, function: Aggregate, ids: Sequence[int], ends: Sequence[int], length: int, hourly: bool = False
    ) -> Iterator[tuple[int, int, float]]:
        query, parts = (queries.HOURLY_WINDOWS, queries.HOURLY_WINDOW) if hourly else (queries.WINDOWS, queries.WINDOW)
        question = query.format(function=parts[function])
        with explained(self.place):
            for number, window, value in self._asked(question, ids, json.dumps([*ends]), length, len(ends)):
                if value is not None:
                    yield number, window, float(value)

    def gathered(
        self, work: Callable[[Sequence[float]], T], ids: Sequence[int], ends: Sequence[int], length: int
    ) -> Iterator[tuple[int, int, int, int, T]]:
        made: list[T] = []
        with explained(self.place):
            self._database.create_aggregate("gathered", 1, lambda: Gathering(work, made))  # type: ignore[arg-type,return-value]
            wanted = json.dumps(ids), json.dumps([*ends]), length
            for number, window, first, last, place in self._database.execute(queries.GATHERED, wanted):
                if place is not None:
                    yield number, window, first, last, made[place]

    def grown(self, ids: Sequence[int], ends: Sequence[int], length: int) -> Iterator[tuple[int, int, Grown]]:
        made: list[Grown] = []
        with explained(self.place):
            self._database.create_aggregate("grown", 5, lambda: Growing(made))  # type: ignore[arg-type,return-value]
            wanted = json.dumps(ids), json.dumps([*ends]), length
            for number, window, place in self._database.execute(queries.GROWN, wanted):
                if place is not None:
                    yield number, window, made[place]

    def folds(self, ids: Iterable[int], start: int, end: int) -> dict[int, Fold]:
        with explained(self.place):
            rows = self._database.execute(queries.FOLD, (json.dumps([*ids]), start, end))
            return {row[0]: Fold(row[1], *(nan if value is None else value for value in row[2:])) for row in rows}

    def newest_hour(self) -> float:
        with explained(self.place):
            (hour,) = self._database.execute(queries.NEWEST_HOUR).fetchone()
        return -inf if hour is None else (hour + 1) * HOUR_MS / 1000

    def oldest(self, ids: Sequence[int]) -> float:
        with explained(self.place):
            (time,) = self._database.execute(queries.OLDEST, (json.dumps(ids),)).fetchone()
        return inf if time is None else float(time)

    def outlines(
        self, ids: Sequence[int], ends: Sequence[int], length: int
    ) -> Iterator[tuple[int, list[int], list[float]]]:
        with explained(self.place):
            rows = self._database.execute(queries.OUTLINES, (json.dumps(ids), json.dumps([*ends]), length))
            yield from outlined(rows, length)

    def hours(self, ids: Iterable[int], start: float, end: float) -> Iterator[tuple[int, float, Hour]]:
        from dropmon.storage.hourly import COLUMNS, hour_from

        wanted, after, until = ranged(ids, start, end)
        bounds = wanted, -(-after // HOUR_MS), until // HOUR_MS
        with explained(self.place):
            for number, hour, *row in self._database.execute(queries.HOURS.format(columns=", ".join(COLUMNS)), bounds):
                yield number, hour * HOUR_MS / 1000, hour_from(row)

    def info(self) -> Info:
        files = [Path(self.place + end) for end in ("", "-wal")]
        with explained(self.place):
            series, samples, oldest, newest, hours, oldest_hour = self._database.execute(queries.INFO).fetchone()
        size = sum(file.stat().st_size for file in files if file.exists())
        return Info(self.place, VERSION, size, series, samples, oldest, newest, hours, oldest_hour)

    def prune(self, now: float) -> Tidied:
        walk = self._walk(now, after=0)
        done = False
        while not done:  # in small transactions, so that others can record meanwhile
            with self._writing():
                done = walk.step(series=1000, hours=1000)
        self._ids.clear()  # some of them may have been forgotten
        return walk.tidied

    def close(self) -> None:
        with explained(self.place):
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _asked(self, query: str, ids: Sequence[int], ends: str, length: int, windows: int) -> Iterable[tuple[Any, ...]]:
        """The rows of so many windows of these series; of very many by several threads."""
        from dropmon.storage import parallel

        if len(ids) * windows < parallel.MANY:
            return self._database.execute(query, (json.dumps(ids), ends, length))
        return parallel.asked(self.place, query, ids, ends, length)

    def _rows(self, samples: Iterable[Sample]) -> Iterator[tuple[int, int, float]]:
        known = self._ids
        for sample in samples:
            key = sample.name, sample.labels
            yield known.get(key) or self._identify(*key), round(sample.time * 1000), sample.value

    def _identify(self, name: str, labels: Labels) -> int:
        """The number of a series, which is given one when it is new. Secrets in its labels are written masked."""
        number = self._find(name, encoded(labels))
        if number is None:
            text = encoded([(key, mask(value)) for key, value in labels])
            number = self._find(name, text) or self._database.execute(queries.ADD_SERIES, (name, text)).lastrowid
        assert number is not None
        if len(self._ids) < REMEMBERED:
            self._ids[name, labels] = number
        return number

    def _find(self, name: str, labels: str) -> int | None:
        found = self._database.execute(queries.FIND_SERIES, (name, labels)).fetchone()
        return found[0] if found else None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction; series that another process may have forgotten, or that it undoes, are not trusted."""
        try:
            with transaction(self._database, self.place):
                (seen,) = self._database.execute("PRAGMA data_version").fetchone()
                if seen != self._seen:
                    self._ids.clear()
                    self._seen = seen
                yield
        except BaseException:
            self._ids.clear()
            raise

    def _walk(self, now: float, after: int) -> Walk:
        from dropmon.storage.tidying import Walk

        return Walk(self._database, self.retention.first_raw_hour(now), self.retention.first_hour(now), after)

    def _tidy_a_little(self, now: float, kept: int) -> None:
        """Goes on where the last recording stopped; as many hours as samples came, so that it never falls behind."""
        from dropmon.storage.tidying import forgotten

        with self._writing():
            (after,) = self._database.execute("SELECT series FROM tidying").fetchone()
            walk = self._walk(forgotten(self._database, now), after)
            done = walk.step(series=max(AT_LEAST, kept // 8), hours=max(AT_LEAST, kept))
            self._database.execute("UPDATE tidying SET series = ?", (0 if done else walk.after,))
            if walk.tidied.series:
                self._ids.clear()


def encoded(labels: Iterable[tuple[str, str]]) -> str:
    """Labels as the text they are kept as.

    >>> encoded((("kind", "apis"), ("check", "Café")))
    '{"check":"Caf\\\\u00e9","kind":"apis"}'
    """
    return "{" + ",".join([f"{quoted(key)}:{quoted(value)}" for key, value in sorted(labels)]) + "}"


@lru_cache(maxsize=65_536)
def decoded(text: str) -> Labels:
    """Labels from the text they are kept as."""
    return tuple(json.loads(text).items())
