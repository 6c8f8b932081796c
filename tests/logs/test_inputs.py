"""Bytes come from files, pipes and archives alike, and a pipe that pauses says so."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dropmon.errors import DropmonError
from dropmon.logs.inputs import Lines, Sniffed, Stream, opened
from dropmon.logs.select import InputError, Reader

LINES = b"[Error] x\n[Info] y\n" * 3000


def whole(reader: Reader, size: int = 777) -> bytes:
    out, view = b"", memoryview(bytearray(size))
    while (count := reader.readinto(view)) != 0:
        out += bytes(view[: count or 0])
    return out


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    for descriptor in (reading, writing):
        try:
            os.close(descriptor)
        except OSError:
            continue


def test_a_plain_file_has_a_size_and_an_archive_has_none(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a", tmp_path / "b"
    plain.write_bytes(LINES)
    packed.write_bytes(gzip.compress(LINES))
    first, second = opened(str(plain)), opened(str(packed))
    assert (first.size, second.size) == (len(LINES), None)
    assert whole(first.reader) == whole(second.reader) == LINES


@pytest.mark.parametrize("data", [b"", b"\x1f", b"\x28\xb5", b"\x1f\x8b", b"\x28\xb5\x2f"], ids=repr)
def test_what_only_begins_like_an_archive_is_text_or_damaged(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    if data == b"\x1f\x8b":
        with pytest.raises(DropmonError, match="damaged or ends in the middle"):
            whole(opened(str(path)).reader)
    else:
        assert whole(opened(str(path)).reader) == data


def archive(mode: str) -> bytes:
    """A tar archive of a log."""
    packed, member = io.BytesIO(), tarfile.TarInfo("app.log")
    member.size = len(LINES)
    with tarfile.open(fileobj=packed, mode=mode) as file:  # type: ignore[call-overload]
        file.addfile(member, io.BytesIO(LINES))
    return packed.getvalue()


@pytest.mark.parametrize("mode", ["w", "w:gz"])
@pytest.mark.parametrize("size", [100, 1 << 20])
def test_files_in_a_file_are_refused_by_their_name(tmp_path: Path, mode: str, size: int) -> None:
    path, fifo = tmp_path / "a", tmp_path / "fifo"
    path.write_bytes(archive(mode))
    with pytest.raises(InputError, match="a is a tar archive"):
        whole(opened(str(path)).reader)
    os.mkfifo(fifo)
    both = os.open(fifo, os.O_RDWR)
    os.write(both, path.read_bytes()[:1000])
    reader = opened(str(fifo)).reader
    os.close(both)
    with pytest.raises(InputError, match="is a tar archive"):
        whole(reader, size)


def test_a_line_that_only_begins_like_an_archive_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for data in (b"app.log\0\0", b"app.log\0" + LINES, b"\0" * 300 + LINES, b"x" * 257 + b"\nustar"):
        path.write_bytes(data)
        assert whole(opened(str(path)).reader) == data
        path.write_bytes(gzip.compress(data))
        assert whole(opened(str(path)).reader) == data


def test_a_pipe_that_pauses_says_so_and_goes_on(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    stream, view = Stream(reading), memoryview(bytearray(9))
    assert stream.readinto(view) is None
    os.write(writing, b"abc")
    assert (stream.readinto(view), bytes(view[:3])) == (3, b"abc")
    assert stream.readinto(view) is None
    os.close(writing)
    assert stream.readinto(view) == 0


def test_the_magic_of_an_archive_may_come_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    packed = gzip.compress(LINES)
    if os.fork() == 0:
        descriptor = os.open(path, os.O_WRONLY)
        for at in range(20):
            os.write(descriptor, packed[at : at + 1])
        os.write(descriptor, packed[20:])
        os._exit(0)
    assert whole(opened(str(path)).reader) == LINES
    os.wait()


@pytest.mark.parametrize(
    "data", [LINES, gzip.compress(LINES), b"\x1f", b"\x28\xb5x", b""], ids=lambda data: repr(data[:3])
)
def test_a_stream_that_says_nothing_yet_is_no_obstacle(pipe: tuple[int, int], data: bytes) -> None:
    reading, writing = pipe
    sniffed, view = Sniffed("x", reading), memoryview(bytearray(99))
    assert sniffed.readinto(view) is None
    os.write(writing, data[:1])
    began = sniffed.readinto(view)
    assert began == (1 if data[:1] == b"[" else None)
    os.write(writing, data[1:])
    os.close(writing)
    assert bytes(view[: began or 0]) + whole(sniffed) == (LINES if len(data) > 9 else data)


def test_a_fifo_that_nobody_writes_to_yet_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    reader, view = opened(str(path), wait=False).reader, memoryview(bytearray(9))
    assert (reader.readinto(view), reader.readinto(view)) == (None, None)
    with path.open("wb") as writer:
        writer.write(b"abc\n")
    assert whole(reader) == b"abc\n"


@pytest.mark.parametrize("size", [1, 2, 99])
def test_lines_of_a_source_are_bytes_with_newlines_and_pauses(size: int) -> None:
    assert whole(Lines(iter([b"ab", None, b"c", None])), size) == b"ab\nc\n"


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        whole(opened(str(tmp_path / "none")).reader, 9)
    with pytest.raises(InputError, match="is a directory"):
        whole(opened(str(tmp_path)).reader, 9)
