"""What a store keeps and answers: the one interface that checks, history and alerts are built on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dropmon.history.hours import Hour
    from dropmon.history.retention import Retention
    from dropmon.model import Columns, Sample
    from dropmon.storage.matcher import Matcher

Labels = tuple[tuple[str, str], ...]  # sorted by key
Point = tuple[float, float]  # time in seconds since 1970, value
T = TypeVar("T")
Aggregate = Literal["avg", "count", "max", "min", "sum"]


class State(NamedTuple):
    """What one check last said. Times are in seconds since 1970."""

    kind: str
    name: str
    verdict: str
    since: float  # when it began to say so
    at: float  # when it said so last
    retry_at: float | None = None  # the server asked not to be asked again before then


class Series(NamedTuple):
    """One line of numbers: a name with its labels."""

    id: int
    name: str
    labels: Labels


class Tidied(NamedTuple):
    """What left the store: samples that became hours, hours and series that are forgotten."""

    samples: int = 0
    hours: int = 0
    series: int = 0

    def and_(self, other: Tidied) -> Tidied:
        """Both together."""
        return Tidied(self.samples + other.samples, self.hours + other.hours, self.series + other.series)


class Fold(NamedTuple):
    """What a range of a series comes to."""

    size: int  # how many samples
    sum: float
    min: float
    max: float


class Grown(NamedTuple):
    """How a counter went in a range."""

    size: int  # how many samples
    first_ms: int
    first: float
    last_ms: int
    last: float
    regained: float  # what it had before its resets


class Info(NamedTuple):
    """How much a store holds. Times are in seconds since 1970; None when there is nothing."""

    place: str
    version: int  # of the schema
    size: int  # bytes on disk
    series: int
    samples: int
    oldest: float | None
    newest: float | None
    hours: int
    oldest_hour: float | None


class Store(Protocol):
    """Where samples and states are kept. Every method raises StorageError and nothing else when the disk fails it.

    Ranges of time are open on the left, as Prometheus' are: `start < time <= end`, in seconds since 1970.
    """

    place: str
    retention: Retention

    def record(self, samples: Iterable[Sample], states: Iterable[State] = (), now: float | None = None) -> int:
        """Keeps them all or none, and says how many samples; of equal times the last one stays.

        With `now` (default: the newest state's time) a few old samples become hours on the way; without either none.
        When only that fails, the StorageError begins with "kept, but".
        """

    def revise(self, make: Callable[[], tuple[Iterable[Sample], Iterable[State]]]) -> int:
        """Keeps what `make` says, or nothing. It reads here what others have written, and none writes meanwhile."""

    def take_in(self, columns: Columns) -> int:
        """As `record`, of many samples that were written down elsewhere: none becomes an hour on the way."""

    def states(self, kinds: Iterable[str] | None = None) -> dict[tuple[str, str], State]:
        """What each check (of these kinds) last said, by kind and name."""

    def series(self, name: str | None = None, matchers: Sequence[Matcher] = ()) -> list[Series]:
        """The series of that name (None: of any) that every matcher accepts, sorted by name and labels."""

    def recent(self, name: str, count: int, only: Iterable[Labels] | None = None) -> dict[Labels, list[Point]]:
        """The newest `count` samples of each series of that name (and of these labels), oldest first."""

    def latest(self, name: str, at: float | None = None) -> dict[Labels, Point]:
        """The newest sample of each series of that name, not younger than `at`; an old one as its hour has kept it."""

    def samples(self, ids: Iterable[int], start: float, end: float) -> Iterator[tuple[int, float, float]]:
        """Series, time and value of each sample in the range, one series after the other, in the order of time."""

    def aggregate(self, function: Aggregate, ids: Iterable[int], start: float, end: float) -> Mapping[int, float]:
        """One number for each series that has a sample in the range, as PromQL's `…_over_time`."""

    def runs(self, ids: Sequence[int], start: int, end: int) -> Iterator[tuple[int, Sequence[int], Sequence[float]]]:
        """Series, times and values of all samples in the range, which is in milliseconds; not of a series without."""

    def points(
        self, ids: Sequence[int], ends: Sequence[int], length: int
    ) -> Iterator[tuple[int, Sequence[int], Sequence[float]]]:
        """As `runs`, of all windows of so long (ms) that end there; they do not overlap."""

    def aggregates(
        self, function: Aggregate, ids: Sequence[int], ends: Sequence[int], length: int, hourly: bool = False
    ) -> Iterator[tuple[int, int, float]]:
        """Series, place of the window in `ends`, and one number of its samples, or of its hours, where it has some.

        The number is infinite where a NaN takes part; windows are so long (ms), and may overlap.
        """

    def gathered(
        self, work: Callable[[Sequence[float]], T], ids: Sequence[int], ends: Sequence[int], length: int
    ) -> Iterator[tuple[int, int, int, int, T]]:
        """What `work` makes of the values of each window of so long (ms), where it has some.

        Series, place of the window in `ends`, when the first and the last value were measured (ms), what was made.
        """

    def grown(self, ids: Sequence[int], ends: Sequence[int], length: int) -> Iterator[tuple[int, int, Grown]]:
        """What each window of so long (ms) comes to, where there are hours whose samples have gone.

        Series, place of the window in `ends`; of each hour the first and the last sample are counted, as in `outlines`.
        """

    def folds(self, ids: Iterable[int], start: int, end: int) -> dict[int, Fold]:
        """What there is of each series in the range (ms), samples and hours; an hour counts where it ends."""

    def newest_hour(self) -> float:
        """When the last of the hours ends whose samples have gone, in seconds since 1970; -inf when there is none."""

    def oldest(self, ids: Sequence[int]) -> float:
        """When the oldest sample of these series was measured, in milliseconds since 1970; inf when there is none."""

    def outlines(
        self, ids: Sequence[int], ends: Sequence[int], length: int
    ) -> Iterator[tuple[int, Sequence[int], Sequence[float]]]:
        """As `points`, of hours whose samples have gone: the first and the last of each is known."""

    def hours(self, ids: Iterable[int], start: float, end: float) -> Iterator[tuple[int, float, Hour]]:
        """Series, beginning and contents of each hour wholly in the range whose samples have gone."""

    def info(self) -> Info:
        """How much is kept here."""

    def prune(self, now: float) -> Tidied:
        """Makes hours of all samples, and forgets all hours, that are older than the retention."""

    def close(self) -> None:
        """Ends all use of the store."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...
