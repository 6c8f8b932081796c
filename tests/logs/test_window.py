"""Times are read as people write them; the clock is given."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from dropmon.errors import UsageError
from dropmon.logs.window import Window, instant, window

NOW = datetime(2026, 11, 23, 7, 32, 7, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("now", "2026-11-23T07:32:07+00:00"),
        ("15m", "2026-11-23T07:17:07+00:00"),
        ("1h30m", "2026-11-23T06:02:07+00:00"),
        ("2026-11-23", "2026-11-23T00:00:00+00:00"),
        ("2026-11-23T06:30", "2026-11-23T06:30:00+00:00"),
        ("2026-11-23 06:30:01.5", "2026-11-23T06:30:01.500000+00:00"),
        ("2026-11-23T06:30:00Z", "2026-11-23T06:30:00+00:00"),
        ("2026-11-23T06:30:00+02:00", "2026-11-23T04:30:00+00:00"),
        ("06:30", "2026-11-23T06:30:00+00:00"),
        ("6:30".rjust(5, "0"), "2026-11-23T06:30:00+00:00"),
        ("1795419127", "2026-11-23T07:32:07+00:00"),
        ("1795419127500", "2026-11-23T07:32:07.500000+00:00"),
        ("1795419127500000", "2026-11-23T07:32:07.500000+00:00"),
        ("1795419127500000000", "2026-11-23T07:32:07.500000+00:00"),
        (" 15m ", "2026-11-23T07:17:07+00:00"),
    ],
)
def test_a_time_is_what_people_mean(text: str, meant: str) -> None:
    assert instant(text, NOW, UTC) == datetime.fromisoformat(meant).timestamp()


@pytest.mark.parametrize("text", ["", "yesterday", "15", "25:00", "2026-13-01", "2026-11-23T", "-15m", "1e12"])
def test_what_is_no_time_is_refused_with_what_may_be_written(text: str) -> None:
    with pytest.raises(UsageError, match="is no time") as raised:
        instant(text, NOW, UTC)
    assert "15m" in raised.value.hint


def test_a_time_without_a_zone_is_of_the_zone_that_is_given() -> None:
    east = timezone(timedelta(hours=9))
    assert instant("06:30", NOW, east) == instant("2026-11-23T06:30:00+09:00", NOW)
    assert instant("2026-07-01", NOW, ZoneInfo("Europe/Paris")) == instant("2026-07-01T00:00:00+02:00", NOW)


def test_a_window_after_midnight_may_begin_on_the_evening_before() -> None:
    night = datetime(2026, 11, 23, 0, 10, tzinfo=UTC).timestamp()
    assert window("23:50", None, night, UTC) == Window(night - 1200)
    assert window(None, "23:50", night, UTC) == Window(None, night + 23 * 3600 + 2400)
    assert window(None, None, night, UTC) == Window()


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(UsageError, match="--since 1h is not before --until 2h"):
        window("1h", "2h", NOW, UTC)
