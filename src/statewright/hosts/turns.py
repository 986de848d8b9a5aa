"""How much a host does before the loop has its turn: so many events, then the rest in line, by tenant and run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from statewright.hosts.fair import Fair, Key


class Turns:
    """Counts what is done at once, and does in later turns what is put in line."""

    def __init__(self, a_turn: int) -> None:
        self._a_turn = a_turn
        self._left = a_turn
        self._line: Fair[Callable[[], None]] = Fair()
        self._loop = asyncio.get_running_loop()

    def __len__(self) -> int:
        return len(self._line)

    def __contains__(self, key: Key) -> bool:
        return key in self._line

    def at_once(self) -> bool:
        """Says whether one more event may be decided now. Where not, it must be put in line.

        The count begins anew whenever the line has had a turn, so nothing is asked of the loop for an event.
        """
        self._left -= 1
        return self._left >= 0

    def later(self, key: Key, work: Callable[[], None]) -> None:
        """Puts work of a run in line."""
        self._line.put(key, work)
        if len(self._line) == 1:
            self._loop.call_soon(self._turn)

    def close(self) -> None:
        """Forgets the line. What was in it is asked for again by the next host."""
        self._line.clear()

    def _turn(self) -> None:
        self._left = self._a_turn
        try:
            # What is put in line meanwhile has waited less than what a turn of the loop may bring.
            for _ in range(min(len(self._line), self._a_turn)):
                self._left -= 1
                self._line.take()()
        finally:
            if self._line:
                self._left = 0
                self._loop.call_soon(self._turn)
