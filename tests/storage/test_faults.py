"""The disk and the neighbours at their worst. Each fault is a real one, and each is told as a StorageError."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dropmon.errors import StorageError
from dropmon.storage import Store, open_store
from tests.requirements import lack, need
from tests.storage.numbers import START, every
from tests.storage.processes import start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def count(store: Store) -> int:
    return store.info().samples


def test_a_file_of_no_bytes_is_a_new_store(place: str) -> None:
    Path(place).touch()
    with open_store(place) as store:
        store.record(every(60, 3))
        assert count(store) == 3


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"not a database at all\n" * 100,
        lambda data: b"\0" * len(data),
        lambda data: data[:4096] + random.Random(1).randbytes(len(data) - 4096),
        lambda data: data[: len(data) // 2],
        lambda data: data[:100],
    ],
    ids=["garbage", "zeros", "garbage after the first page", "half", "only the header"],
)
def test_a_damaged_file_says_so_and_what_to_do(place: str, spoil: Callable[[bytes], bytes]) -> None:
    with open_store(place) as store:
        store.record(every(60, 300, series=50))
    path = Path(place)
    path.write_bytes(spoil(path.read_bytes()))

    with pytest.raises(StorageError, match="is damaged, or is not a database") as caught:
        use(place)
    assert caught.value.hint == f"move it away (mv {place} {place}.damaged) and dropmon starts a new one"


def use(place: str) -> None:
    with open_store(place) as store:
        store.recent("up", 3)
        list(store.samples([one.id for one in store.series()], 0, 2 * START))
        store.record(every(60, 300, series=50))
        store.info()


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be opened"):
        open_store(str(tmp_path))


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be used"):
        open_store(str(tmp_path / "file" / "x.db"))


@pytest.mark.slow
@pytest.mark.skipif(not AS_ROOT, reason="becomes another user, for which one must be root")
@pytest.mark.parametrize(
    ("folder", "file", "said"),
    [
        (0o755, 0o444, "cannot be"),
        (0o777, 0o444, "cannot be"),
        (0o755, 0o600, "cannot be"),
        (0o700, 0o666, "cannot be"),
    ],
    ids=["all read-only", "file read-only", "file secret", "folder closed"],
)
def test_what_may_not_be_written_says_so(tmp_path: Path, folder: int, file: int, said: str) -> None:
    place = shared(tmp_path) / "x.db"
    with open_store(str(place)) as store:
        store.record(every(60, 3))
    place.chmod(file)
    place.parent.chmod(folder)

    with start("refused", str(place)) as process:
        answer, _ = process.communicate(timeout=20)

    assert f"the history {place} {said}" in answer
    assert "--storage" in answer


def shared(tmp_path: Path) -> Path:
    """A folder that every user may reach."""
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    place = tmp_path / "store"
    place.mkdir()
    return place


def test_a_full_database_keeps_what_it_has(place: str) -> None:
    with open_store(place) as store:
        store.record(every(60, 100))
        limit(store, 30)
        with pytest.raises(StorageError, match="has no room left") as caught:
            store.record(every(60, 100_000))
        assert count(store) == 100
        store.record(every(30, 10))  # smaller things still find room
    assert caught.value.hint.startswith("free some space")


def test_what_is_kept_is_said_to_be_kept_when_tidying_fails(place: str) -> None:
    with open_store(place) as store:
        spoil_tidying(place)
        with pytest.raises(
            StorageError, match=r"^kept, but old samples could not be tidied: the history .* cannot be"
        ) as caught:
            store.record(every(60, 3), now=START)
        assert count(store) == 3
    assert "--storage" in caught.value.hint


def spoil_tidying(place: str) -> None:
    with closing(sqlite3.connect(place)) as database:
        database.execute("DROP TABLE tidying")


def limit(store: Store, pages: int) -> None:
    database: sqlite3.Connection = store._database  # type: ignore[attr-defined]
    database.execute(f"PRAGMA max_page_count = {pages}")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    need("mount")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", tmp_path], capture_output=True, text=True
    )
    if done.returncode:
        lack(f"a disk of its own cannot be mounted ({done.stderr.strip()})")
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


def test_a_full_disk_keeps_what_it_has(small_disk: Path) -> None:
    place = str(small_disk / "x.db")
    with open_store(place) as store:
        store.record(every(60, 100))
    (small_disk / "filler").write_bytes(b"x" * (small_disk.stat().st_blksize * 30))
    with open_store(place) as store, pytest.raises(StorageError, match=r"has no room left|its disk fails"):
        store.record(every(60, 100_000))
    (small_disk / "filler").unlink()
    with open_store(place) as store:
        assert count(store) == 100
        store.record(every(60, 200))
        assert count(store) == 200


def test_a_disk_without_any_room_cannot_be_opened(small_disk: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        (small_disk / "filler").write_bytes(b"x" * 1_000_000)
    with pytest.raises(StorageError) as caught:
        open_store(str(small_disk / "x.db"))
    assert caught.value.hint


@pytest.mark.slow
def test_a_lock_held_for_too_long_is_told(place: str) -> None:
    with start("hold", place) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "holding\n"
        try:
            with open_store(place, patience=0.3) as store:
                began = time.monotonic()
                with pytest.raises(StorageError, match="is in use by another process"):
                    store.record(every(60, 1))
                assert 0.2 < time.monotonic() - began < 3
                assert store.recent("up", 3) == {}  # reading goes on
        finally:
            other.kill()


def test_a_writer_killed_in_the_midst_loses_nothing_it_had_committed(place: str) -> None:
    with start("crash", place) as other:
        assert other.stdout is not None
        for _ in range(20):
            last = int(other.stdout.readline())
        time.sleep(0.001)
        other.kill()
        said = [int(line) for line in other.stdout]
    last = max([last, *said])

    with open_store(place) as store:
        found = count(store)
        assert found % 500 == 0
        assert found >= (last + 1) * 500
        store.record(every(60, 1))


@pytest.mark.slow
def test_writers_at_once_all_finish_and_lose_nothing(place: str) -> None:
    """None of them finds a file: they also make it at once."""
    writers = [start("write", place, name, "60") for name in "abcd"]
    for writer in writers:
        writer.communicate(timeout=30)
    with open_store(place) as store:
        assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
        assert (len(store.series("written")), count(store)) == (36, 4 * 60 * 9)
