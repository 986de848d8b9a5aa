"""Seeded randomness for templates: the same seed draws the same, on every machine and in every replay (rule R16)."""

from __future__ import annotations

import hashlib
from collections.abc import MutableSequence

BLOCK = hashlib.sha256().digest_size


class Draws:
    """An endless stream of bytes: SHA-256 over the seed and a counter. Draws continue where the last one ended.

    A seed may be the words that name a place, which are joined and hashed once somebody draws: few templates do.
    """

    __slots__ = ("_counter", "_left", "_seed")

    def __init__(self, seed: bytes | tuple[str | int, ...]) -> None:
        self._seed = seed
        self._counter = 0
        self._left = b""

    def bytes(self, count: int) -> bytes:
        """Returns the next `count` bytes."""
        if isinstance(self._seed, tuple):
            self._seed = hashlib.sha256(":".join(map(str, self._seed)).encode()).digest()
        blocks = [self._left]
        missing = count - len(self._left)
        while missing > 0:
            blocks.append(hashlib.sha256(self._seed + self._counter.to_bytes(8, "big")).digest())
            self._counter += 1
            missing -= BLOCK
        stream = b"".join(blocks)
        self._left = stream[count:]
        return stream[:count]

    def below(self, bound: int) -> int:
        """Returns a number from 0 up to, not including, `bound`. Eight spare bytes make the bias negligible."""
        width = (bound.bit_length() + 7) // 8 + 8
        return int.from_bytes(self.bytes(width), "big") % bound

    def letters(self, alphabet: str, count: int) -> str:
        """Returns `count` characters of `alphabet`."""
        return "".join(alphabet[self.below(len(alphabet))] for _ in range(count))

    def shuffle(self, items: MutableSequence[str]) -> None:
        """Shuffles in place (Fisher and Yates)."""
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]
