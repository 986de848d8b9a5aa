"""Timers of runs in memory, and one alarm for all that sleep in the store. No timer fires before its time (I-07).

The loop's clock says when to look, the recorded clock whether it is time. That one may leap ahead with the wall clock,
which no loop hears of: so it is looked at now and then while anything is set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from statewright.hosts.clock import Clock
from statewright.hosts.fair import Key

# A run that waits longer than this for its next timer is left to the alarm; the store's index wakes it.
PASSIVATE_AFTER = 60_000
# The longest sleep of the alarm: an index changed by nobody is still looked at now and then.
ALARM_MAX_S = 3_600.0
# By so many ms a clock has leapt rather than run a little fast.
LEAP = 500


class _Armed(msgspec.Struct, frozen=True):
    key: Key
    due: int
    handle: asyncio.TimerHandle


class Timers:
    """Calls `fired` when a timer of a run in memory is due, and `rang` when one in the store may be."""

    def __init__(
        self, clock: Clock, glance_s: float, fired: Callable[[Key, str], None], rang: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._glance_s = glance_s
        self._fired = fired
        self._rang = rang
        self._loop = asyncio.get_running_loop()
        self._armed: dict[str, _Armed] = {}
        self._alarm: asyncio.TimerHandle | None = None
        self._glancing: asyncio.TimerHandle | None = None
        self._ahead = 0.0  # how far the recorded clock is ahead of the loop's, in ms
        self._closed = False

    def arm(self, key: Key, id: str, due: int) -> None:
        """Arms a timer, once; one far away is left to the alarm."""
        if id in self._armed or self._closed:
            return
        delay = due - self._clock()
        if delay >= PASSIVATE_AFTER:
            self.ring_at(due)
            return
        handle = self._loop.call_later(max(0, delay) / 1_000, self._fire, id)
        self._armed[id] = _Armed(key, due, handle)
        self._watch()

    def cancel(self, id: str) -> None:
        """Forgets a timer that nobody waits for."""
        timer = self._armed.pop(id, None)
        if timer is not None:
            timer.handle.cancel()

    def leave(self, id: str, due: int) -> None:
        """Leaves a timer to the alarm: its run leaves memory."""
        self.cancel(id)
        self.ring_at(due)

    def ring_at(self, due: int) -> None:
        """Sets the alarm to `due`, unless it rings before; 0 is never."""
        if not due or self._closed:
            return
        delay = min(max(0, due - self._clock()) / 1_000, ALARM_MAX_S)
        if self._alarm is not None:
            if self._alarm.when() <= self._loop.time() + delay:
                return
            self._alarm.cancel()
        self._alarm = self._loop.call_later(delay, self._ring)
        self._watch()

    def close(self) -> None:
        """Forgets everything; nothing is armed any more."""
        self._closed = True
        handles = [timer.handle for timer in self._armed.values()]
        for handle in [*handles, *filter(None, (self._alarm, self._glancing))]:
            handle.cancel()
        self._armed.clear()

    def _fire(self, id: str) -> None:
        timer = self._armed.pop(id)
        if self._clock() < timer.due:
            # The loop's clock and the recorded one are not the same.
            self.arm(timer.key, id, timer.due)
        else:
            self._fired(timer.key, id)

    def _ring(self) -> None:
        self._alarm = None
        self._rang()

    def _watch(self) -> None:
        if self._glancing is None:
            self._ahead = self._lead()
            self._glancing = self._loop.call_later(self._glance_s, self._glance)

    def _glance(self) -> None:
        self._glancing = None
        lead = self._lead()
        if lead - self._ahead > LEAP:
            self._leapt()
        if self._armed or self._alarm is not None:
            self._watch()

    def _leapt(self) -> None:
        """Looks at everything again: what would have been due later is due by now."""
        for id, timer in list(self._armed.items()):
            self.cancel(id)
            self.arm(timer.key, id, timer.due)
        if self._alarm is not None:
            self._alarm.cancel()
            self._ring()

    def _lead(self) -> float:
        return self._clock() - self._loop.time() * 1_000
