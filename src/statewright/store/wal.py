"""Tells a damaged write-ahead log from a torn one, which SQLite alone does not: it stops at the first bad frame.

With `synchronous=FULL` a transaction is synced before the next one is written. So a crash tears the last one only, and
frames of a later transaction behind the bad frame prove that acknowledged records are being lost.
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
        _, _, page_size, _, *salts, _, _ = _HEADER.unpack(header)
        if not _is_intact(header):
            return _is_lost(file, database)
        return _holds_more_than_one_transaction(_commits(file, valid, page_size, salts))


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


def _holds_more_than_one_transaction(commits: Iterator[bool]) -> bool:
    return any(commits) and next(commits, None) is not None


def _commits(file: BinaryIO, first: int, page_size: int, salts: list[int]) -> Iterator[bool]:
    """Yields, for each frame of this use of the log from `first` on, whether it ends a transaction."""
    stride = _FRAME.size + page_size
    size = os.fstat(file.fileno()).st_size
    for place in range(_HEADER.size + first * stride, size - stride + 1, stride):
        file.seek(place)
        frame = file.read(_FRAME.size)
        if _is_of(frame, salts):
            yield bool(_FRAME.unpack(frame)[1])


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
    words = struct.unpack((">" if magic & 1 else "<") + "6I", header[:24])
    s0 = s1 = 0
    for even, odd in zip(words[::2], words[1::2], strict=True):
        s0 = (s0 + even + s1) & 0xFFFFFFFF
        s1 = (s1 + odd + s0) & 0xFFFFFFFF
    return (s0, s1) == (sum0, sum1)
