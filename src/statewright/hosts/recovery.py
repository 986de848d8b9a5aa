"""Wakes the runs that owe something or whose timer is due: page by page from the store, a few in a turn of the loop.

It waits while the host has no room for more, and never holds up whoever comes in meanwhile (R15).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice

from statewright.hosts.clock import Clock
from statewright.hosts.fair import Key
from statewright.store.contract import IndexRow, Store

# Rows read at once: one query for some turns of the loop, and nothing to speak of in memory.
PAGE = 256
# How soon a host without room is looked at again.
GLANCE_S = 0.02
# The longest that a few more runs wait for room: a host full of calls that never end still keeps the time of others.
WAITS_S = 1.0


class Recovery:
    """Goes through the store's index. `wake` opens a run and says whether it could; `rest` hears when to look again."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        opened: int,
        *,
        wake: Callable[[IndexRow], bool],
        has_room: Callable[[], bool],
        rest: Callable[[int], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._at_once = opened
        self._wake = wake
        self._has_room = has_room
        self._rest = rest
        self._loop = asyncio.get_running_loop()
        self._rows: Iterator[IndexRow] | None = None
        self._turned = self._loop.time()
        self._woken = 0
        self._done: asyncio.Future[int] | None = None
        self._rang = False
        # Whoever asks for one of these is told what is wrong with it; by itself it is not tried again.
        self._unreadable: set[Key] = set()

    def begin(self) -> asyncio.Future[int]:
        """Begins with everything that owes or is due; the future says how many runs were woken.

        Whoever asks while that goes on is told the same.
        """
        if self._done is None:
            self._done = self._loop.create_future()
            self._woken = 0
            if self._rows is None:
                self._loop.call_soon(self._turn)
            self._rows = self._waiting(owing=True)
        return self._done

    def ring(self) -> None:
        """Wakes what is due now."""
        if self._rows is not None:
            self._rang = True
            return
        self._rows = self._waiting(owing=False)
        self._turn()

    def can_read(self, key: Key) -> None:
        """Hears that a run could be read: its timers count again."""
        self._unreadable.discard(key)

    def close(self) -> None:
        """Wakes nobody any more."""
        self._rows = None
        if self._done is not None and not self._done.done():
            self._done.set_result(self._woken)

    def _turn(self) -> None:
        if self._rows is None:
            return
        if self._must_wait():
            self._loop.call_later(GLANCE_S, self._turn)
            return
        try:
            rows = list(islice(self._rows, self._at_once))
        except Exception as fault:
            self._end(fault)
            return
        for row in rows:
            self._try(row)
        if rows:
            self._loop.call_soon(self._turn)
        else:
            self._end(None)

    def _must_wait(self) -> bool:
        if self._has_room() or self._loop.time() - self._turned >= WAITS_S:
            self._turned = self._loop.time()
            return False
        return True

    def _waiting(self, *, owing: bool) -> Iterator[IndexRow]:
        row: IndexRow | None = None
        while owing and (page := self._store.owing(after=row, limit=PAGE)):
            yield from page
            row = page[-1]
        now, row = self._clock(), None
        while page := self._store.due(now, after=row, limit=PAGE):
            yield from page
            row = page[-1]
        # What was due is in memory by now, or cannot be read: it must not ring again.
        self._rest(self._store.next_due(now))

    def _try(self, row: IndexRow) -> None:
        key = (row.tenant, row.run)
        if key in self._unreadable:
            return
        if self._wake(row):
            self._woken += 1
        else:
            self._unreadable.add(key)

    def _end(self, fault: Exception | None) -> None:
        self._rows = None
        done, self._done = self._done, None
        if done is not None and not done.done():
            if fault is not None:
                done.set_exception(fault)
            else:
                done.set_result(self._woken)
        elif fault is not None:
            raise fault
        if self._rang:
            self._rang = False
            self.ring()
