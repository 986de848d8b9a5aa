"""Timers of runs in memory, and one alarm for all that sleep in the store. No timer fires before its time (I-07)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from statewright.hosts.flights import Clock, Key

# A run that waits longer than this for its next timer leaves memory; the store's index wakes it.
PASSIVATE_AFTER = 60_000
# The longest sleep of the alarm: an index changed by nobody is still looked at now and then.
ALARM_MAX_S = 3_600.0
# The shortest: a run that is due but cannot be opened must not keep the loop busy.
ALARM_MIN_S = 1.0


class Timers:
    """Calls `fired` when a timer of a run in memory is due, and `rang` when one in the store may be."""

    def __init__(self, clock: Clock, fired: Callable[[Key, str], None], rang: Callable[[], None]) -> None:
        self._clock = clock
        self._fired = fired
        self._rang = rang
        self._loop = asyncio.get_running_loop()
        self._armed: dict[str, asyncio.TimerHandle] = {}
        self._alarm: asyncio.TimerHandle | None = None

    def arm(self, key: Key, id: str, due: int) -> None:
        """Arms a timer, once; one far away is left to the alarm."""
        delay = due - self._clock()
        if id in self._armed:
            return
        if delay < PASSIVATE_AFTER:
            self._armed[id] = self._loop.call_later(max(0, delay) / 1000, self._fire, key, id, due)
        else:
            self.ring_at(due)

    def cancel(self, id: str) -> None:
        """Forgets a timer that nobody waits for."""
        timer = self._armed.pop(id, None)
        if timer is not None:
            timer.cancel()

    def ring_at(self, due: int) -> None:
        """Sets the alarm to `due`, unless it rings before; 0 is never."""
        if not due:
            return
        delay = min(max(ALARM_MIN_S, (due - self._clock()) / 1000), ALARM_MAX_S)
        if self._alarm is not None:
            if self._alarm.when() <= self._loop.time() + delay:
                return
            self._alarm.cancel()
        self._alarm = self._loop.call_later(delay, self._ring)

    def close(self) -> None:
        """Forgets everything."""
        for timer in [*self._armed.values(), *([self._alarm] if self._alarm else [])]:
            timer.cancel()

    def _fire(self, key: Key, id: str, due: int) -> None:
        del self._armed[id]
        if self._clock() < due:
            # The loop's clock and the wall clock are not the same.
            self.arm(key, id, due)
        else:
            self._fired(key, id)

    def _ring(self) -> None:
        self._alarm = None
        self._rang()
