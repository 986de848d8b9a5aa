"""Long walks over many runs, a slice of them in each turn of the loop: bounded by their number and by time.

Walks take turns by tenant and run. They wait while the host has no room for what they bring, though not for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from statewright.hosts.fair import Fair, Key

# The longest slice, but for its last step: what it brings has to be done in the same turn of the loop, or the next.
SLICE_S = 0.004
# How soon a host without room is looked at again.
GLANCE_S = 0.02
# The longest that a slice waits for room: a host full of calls that never end still keeps the time of others.
WAITS_S = 1.0

_OVER = object()


class Slices:
    """Takes the steps of walks, so many at once at most."""

    def __init__(self, at_once: int, has_room: Callable[[], bool]) -> None:
        self._at_once = at_once
        self._has_room = has_room
        self._loop = asyncio.get_running_loop()
        self._line: Fair[tuple[Key, Iterator[object]]] = Fair()
        self._turned = self._loop.time()
        self._goes = False

    def go(self, key: Key, walk: Iterator[object]) -> None:
        """Takes the walk's steps from the next turn of the loop on."""
        self._line.put(key, (key, walk))
        if not self._goes:
            self._goes = True
            self._loop.call_soon(self._turn)

    def close(self) -> None:
        """Leaves every walk where it is."""
        self._line.clear()

    def _turn(self) -> None:
        if self._line and self._must_wait():
            self._loop.call_later(GLANCE_S, self._turn)
            return
        try:
            self._slice()
        finally:
            self._goes = bool(self._line)
            if self._goes:
                self._loop.call_soon(self._turn)

    def _slice(self) -> None:
        until = self._loop.time() + SLICE_S
        for _ in range(self._at_once):
            if not self._line:
                return
            key, walk = self._line.take()
            if next(walk, _OVER) is not _OVER:
                self._line.put(key, (key, walk))
            if self._loop.time() >= until:
                return

    def _must_wait(self) -> bool:
        if self._has_room() or self._loop.time() - self._turned >= WAITS_S:
            self._turned = self._loop.time()
            return False
        return True
