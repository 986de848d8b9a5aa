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


def damaged(log: Path, valid: int) -> bool:
    """Says whether acknowledged transactions lie behind the `valid` frames that SQLite accepts. Nobody may be writing.

    Frames of an earlier use of the file carry other salts, and are no damage.
    """
    with log.open("rb") as file:
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return False
        magic, _, page_size, _, *salts, _, _ = _HEADER.unpack(header)
        if not _is_intact(header):
            return _headless(file, magic, salts)
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
        _, _, *frame_salts, _, _ = _FRAME.unpack(frame)
        return frame_salts == salts


def _holds_more_than_one_transaction(commits: Iterator[bool]) -> bool:
    return any(commits) and next(commits, None) is not None


def _commits(file: BinaryIO, first: int, page_size: int, salts: list[int]) -> Iterator[bool]:
    """Yields, for each frame of this use of the log from `first` on, whether it ends a transaction."""
    stride = _FRAME.size + page_size
    size = os.fstat(file.fileno()).st_size
    for place in range(_HEADER.size + first * stride, size - stride + 1, stride):
        file.seek(place)
        _, committed, *frame_salts, _, _ = _FRAME.unpack(file.read(_FRAME.size))
        if frame_salts == salts:
            yield bool(committed)


def _headless(file: BinaryIO, magic: int, salts: list[int]) -> bool:
    """The header is synced before the first frame: a bad header above frames that share a salt was good once.

    A header that is written anew begins as the old one did, however little of it arrives: another beginning is damage.
    """
    frame = file.read(_FRAME.size)
    if len(frame) < _FRAME.size:
        return False
    if not _is_magic(magic):
        return True
    _, _, *frame_salts, _, _ = _FRAME.unpack(frame)
    return any(mine == its for mine, its in zip(salts, frame_salts, strict=True))


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
