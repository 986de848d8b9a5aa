"""Tells a damaged write-ahead log from a torn one, which SQLite alone does not: it stops at the first bad frame.

With `synchronous=FULL` a transaction is synced before the next one is written, and the checksum of a frame goes on from
that of the frame before. So a crash tears the last transaction only; where a whole frame goes on from the end of a
transaction behind the bad frame, acknowledged records are being lost.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

# https://sqlite.org/fileformat2.html#the_write_ahead_log, all big-endian.
_HEADER = struct.Struct(">8I")  # magic, version, page size, checkpoint number, two salts, two checksums
_FRAME = struct.Struct(">6I")  # page, pages of the database after a commit or 0, two salts, two checksums
_MAGIC_LITTLE_ENDIAN = 0x377F0682
Sum = tuple[int, int]

# What SQLite makes a database with; one that is still empty does not say.
_DEFAULT_PAGE_SIZE = 4_096


def damaged(log: Path, database: Path, valid: int) -> bool:
    """Says whether acknowledged transactions lie behind the `valid` frames that SQLite accepts. Nobody may be writing.

    Frames of an earlier use of the file carry other salts, and are no damage.
    """
    with log.open("rb") as file:
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return False
        magic, _, page_size, _, *salts, sum0, sum1 = _HEADER.unpack(header)
        if not _is_intact(header):
            return _is_lost(file, database)
        frames = _Frames(file, page_size, salts, ">" if magic & 1 else "<")
        return _is_followed(frames, valid, (sum0, sum1))


def torn(log: Path, valid: int) -> bool:
    """Says whether a crash has left part of a transaction behind the `valid` frames that SQLite accepts."""
    with log.open("rb") as file:
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size or not _is_intact(header):
            return False
        _, _, page_size, _, *salts, _, _ = _HEADER.unpack(header)
        file.seek(_HEADER.size + valid * (_FRAME.size + page_size))
        frame = file.read(_FRAME.size)
        # Too short to say whose it is: a file grows at its end only.
        if len(frame) < _FRAME.size:
            return bool(frame)
        return _is_of(frame, salts)


class _Frames:
    """The frames of this use of a log, until one is not."""

    def __init__(self, file: BinaryIO, page_size: int, salts: list[int], order: str) -> None:
        self._file = file
        self._stride = _FRAME.size + page_size
        self._salts = salts
        self._order = order

    def behind(self, count: int) -> Iterator[bytes]:
        """Yields each frame behind the first `count` ones, with its page."""
        size = os.fstat(self._file.fileno()).st_size
        for place in range(_HEADER.size + count * self._stride, size - self._stride + 1, self._stride):
            frame = _read(self._file, place, self._stride)
            if _is_of(frame[: _FRAME.size], self._salts):
                yield frame

    def stored_sum(self, number: int) -> Sum:
        """Returns the checksum that frame `number` says it has; they are counted from 1."""
        frame = _read(self._file, _HEADER.size + (number - 1) * self._stride, _FRAME.size)
        *_, sum0, sum1 = _FRAME.unpack(frame)
        return sum0, sum1

    def sum_of(self, before: Sum, frame: bytes) -> Sum:
        """Returns the checksum of a frame that goes on from `before`."""
        return _summed(before, frame[:8] + frame[_FRAME.size :], self._order)


def _is_followed(frames: _Frames, valid: int, sum: Sum) -> bool:
    """Says whether a whole frame behind the valid ones goes on from a whole one that ends a transaction.

    Transactions that were never finished lie over each other's remains, down to half a header over an older one: an end
    that is not whole proves nothing. A frame goes on from what the one before says of itself, or from what it should
    say where just that has rotted.
    """
    stored = true = frames.stored_sum(valid) if valid else sum
    ends = False
    for frame in frames.behind(valid):
        _, size, *_, sum0, sum1 = _FRAME.unpack(frame[: _FRAME.size])
        expected = frames.sum_of(true, frame)
        is_whole = (sum0, sum1) in (expected, frames.sum_of(stored, frame) if stored != true else expected)
        if ends and is_whole:
            return True
        stored = (sum0, sum1)
        true = stored if is_whole else expected
        ends = bool(size) and is_whole
    return False


def _is_of(frame: bytes, salts: list[int]) -> bool:
    """Says whether a frame is of this use of the log: an earlier one had two other salts, and damage has one."""
    _, _, *its, _, _ = _FRAME.unpack(frame)
    return any(mine == other for mine, other in zip(salts, its, strict=True))


def _is_lost(log: BinaryIO, database: Path) -> bool:
    """Says whether a log whose header is bad holds anything that the database does not.

    A header is written anew once everything behind it has been copied into the database. So a crash in the middle of
    that leaves a log of known pages, and one that has unknown pages had a good header once.
    """
    with database.open("rb") as pages:
        page_size = _page_size(pages)
        for number, image in _last_images(log, page_size).items():
            pages.seek((number - 1) * page_size)
            if pages.read(page_size) != _read(log, image, page_size):
                return True
    return False


def _last_images(log: BinaryIO, page_size: int) -> dict[int, int]:
    """Returns where in the log the newest image of each page lies, as of its last transaction."""
    newest: dict[int, int] = {}
    committed: dict[int, int] = {}
    use: list[int] = []
    log.seek(_HEADER.size)
    while len(frame := log.read(_FRAME.size)) == _FRAME.size:
        number, size, *salts, _, _ = _FRAME.unpack(frame)
        # Frames of an earlier use of the file lie behind those of the last one.
        if salts != (use := use or salts):
            break
        newest[number] = log.tell()
        if size:
            committed = {page: place for page, place in newest.items() if page <= size}
        log.seek(page_size, os.SEEK_CUR)
    return committed


def _page_size(database: BinaryIO) -> int:
    """Returns the size that stands in the database's header, at its 16th byte; 1 stands for 65,536."""
    (size,) = struct.unpack(">H", _read(database, 16, 2).rjust(2, b"\0"))
    return 65_536 if size == 1 else size or _DEFAULT_PAGE_SIZE


def _read(file: BinaryIO, place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)


def _is_magic(number: int) -> bool:
    return number & ~1 == _MAGIC_LITTLE_ENDIAN


def _is_intact(header: bytes) -> bool:
    magic, *_, sum0, sum1 = _HEADER.unpack(header)
    if not _is_magic(magic):
        return False
    return _summed((0, 0), header[:24], ">" if magic & 1 else "<") == (sum0, sum1)


def _summed(before: Sum, data: bytes, order: str) -> Sum:
    """Returns SQLite's checksum of whole pairs of words, going on from another."""
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    s0, s1 = before
    for even, odd in zip(words[::2], words[1::2], strict=True):
        s0 = (s0 + even + s1) & 0xFFFFFFFF
        s1 = (s1 + odd + s0) & 0xFFFFFFFF
    return s0, s1
