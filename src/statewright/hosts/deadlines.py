"""When calls must have landed: one alarm for all. Hardly any call is late, so setting a deadline must cost nothing.

What has landed stays in line until its time, or until most of the line is of that kind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

T = TypeVar("T")

# A line of this length is not worth cleaning.
SHORT = 1_024


class Deadlines(Generic[T]):
    """Calls `overdue` for each thing whose time, by the loop's clock, has come and that `is_awaited` still."""

    def __init__(self, is_awaited: Callable[[T], bool], overdue: Callable[[T], None]) -> None:
        self._is_awaited = is_awaited
        self._overdue = overdue
        self._loop = asyncio.get_running_loop()
        self._line: list[tuple[float, int, T]] = []
        self._count = 0  # orders what is due at one instant, as it came
        self._longest = SHORT
        self._alarm: asyncio.TimerHandle | None = None

    def set(self, when: float, thing: T) -> None:
        """Sets the deadline of a thing, in seconds of the loop's clock."""
        self._count += 1
        heappush(self._line, (when, self._count, thing))
        if self._alarm is None or when < self._alarm.when():
            self._wake_at(when)
        if len(self._line) > self._longest:
            self._clean()

    def close(self) -> None:
        """Forgets everything."""
        self._line.clear()
        if self._alarm is not None:
            self._alarm.cancel()

    def _clean(self) -> None:
        self._line = [entry for entry in self._line if self._is_awaited(entry[2])]
        heapify(self._line)
        self._longest = max(SHORT, 2 * len(self._line))

    def _wake_at(self, when: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._loop.call_at(when, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        now = self._loop.time()
        while self._line and self._line[0][0] <= now:
            thing = heappop(self._line)[2]
            if self._is_awaited(thing):
                self._overdue(thing)
        if self._line:
            self._wake_at(self._line[0][0])
