"""Who is let in to a host, and when: at once while it keeps up, in turn by tenant while it is busy, else refused.

Only what comes from outside passes here. An answer is never kept waiting for room, let alone refused (R1).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial

from statewright.errors import EXIT_LIMIT, EXIT_UNREACHABLE, StatewrightError
from statewright.hosts.fair import Fair, Key
from statewright.hosts.limits import Limits

# How soon a busy host is looked at again: a commit takes about as long.
GLANCE_S = 0.005

_Waiter = asyncio.Future[None]


class Admission:
    """The door of a host. `room` says how many it can take on besides what it has."""

    def __init__(self, limits: Limits, room: Callable[[], int]) -> None:
        self._limits = limits
        self._room = room
        self._left = limits.a_turn
        self._line: Fair[_Waiter] = Fair()
        self._by_age: deque[tuple[float, Key, _Waiter]] = deque()
        self._loop = asyncio.get_running_loop()
        self._looking: asyncio.Handle | None = None
        self._closed = False

    async def enter(self, key: Key) -> None:
        """Returns once this caller's turn has come. Raises `OVERLOADED` or `DRAINING`; nothing is written then."""
        if self._closed:
            raise draining()
        if not self._line and self._left > 0 and self._room() > 0:
            self._left -= 1
            return
        if len(self._line) >= self._limits.callers:
            raise _overloaded()
        waiter: _Waiter = self._loop.create_future()
        self._line.put(key, waiter)
        self._by_age.append((self._loop.time() + self._limits.patience / 1_000, key, waiter))
        if self._looking is None:
            self._looking = self._loop.call_soon(self._look)
        await waiter

    def close(self) -> None:
        """Lets nobody in any more."""
        self._closed = True
        for waiter in self._line.clear():
            if not waiter.done():
                waiter.set_exception(draining())

    def _look(self) -> None:
        self._looking = None
        self._left = self._limits.a_turn
        # Those who are let in here show in the room that is left only once they have had their turn.
        room = min(self._left, self._room())
        while self._line and room > 0:
            waiter = self._line.take()
            # Whoever was cancelled while waiting takes nobody's place.
            if not waiter.done():
                waiter.set_result(None)
                room -= 1
        self._refuse_who_waited_long()
        if self._line:
            # Behind those who were let in; a host without room is left alone for a moment.
            soon = self._loop.call_soon if room <= 0 < self._room() else partial(self._loop.call_later, GLANCE_S)
            self._looking = soon(self._look)

    def _refuse_who_waited_long(self) -> None:
        now = self._loop.time()
        while self._by_age and (self._by_age[0][2].done() or self._by_age[0][0] <= now):
            _, key, waiter = self._by_age.popleft()
            if not waiter.done():
                self._line.drop(key, waiter)
                waiter.set_exception(_overloaded())


def draining() -> StatewrightError:
    """Returns what a host says that is about to stop."""
    return StatewrightError(
        "DRAINING",
        "this process is about to stop, and takes nothing new on",
        hint="ask again: whoever opens the folder next goes on with what was begun",
        exit_code=EXIT_UNREACHABLE,
    )


def _overloaded() -> StatewrightError:
    return StatewrightError(
        "OVERLOADED",
        "more is asked than can be done; this was not begun",
        hint="nothing was written, so ask again in a while, and for less at once",
        exit_code=EXIT_LIMIT,
    )
