"""Wakes the runs that owe something or whose timer is due: page by page from the store, a few in a turn of the loop.

It waits while the host has no room for more, and never holds up whoever comes in meanwhile (R15).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from statewright.hosts.clock import Clock
from statewright.hosts.fair import Key
from statewright.hosts.slices import Slices
from statewright.store.contract import IndexRow, Store

# Rows read at once: one query for some turns of the loop, and nothing to speak of in memory.
PAGE = 256
# Whose walk it is: the host's, which takes turns with nobody.
_ITS_OWN: Key = ("", "")


class Recovery:
    """Goes through the store's index. `wake` opens a run and says whether it could; `rest` hears when to look again."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        slices: Slices,
        *,
        wake: Callable[[IndexRow], bool],
        rest: Callable[[int], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._slices = slices
        self._wake = wake
        self._rest = rest
        self._loop = asyncio.get_running_loop()
        # What is left to be gone through; a walk that goes on takes up what takes the place of it.
        self._rows: Iterator[IndexRow] | None = None
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
            self._go(owing=True)
        return self._done

    def ring(self) -> None:
        """Wakes what is due now."""
        if self._rows is not None:
            self._rang = True
            return
        self._go(owing=False)

    def can_read(self, key: Key) -> None:
        """Hears that a run could be read: its timers count again."""
        self._unreadable.discard(key)

    def close(self) -> None:
        """Wakes nobody any more."""
        self._slices.close()
        self._rows = None
        if self._done is not None and not self._done.done():
            self._done.set_result(self._woken)

    def _go(self, *, owing: bool) -> None:
        is_new = self._rows is None
        self._rows = self._waiting(owing=owing)
        if is_new:
            self._slices.go(_ITS_OWN, self._walk())

    def _walk(self) -> Iterator[None]:
        fault: Exception | None = None
        try:
            while self._rows is not None and (row := next(self._rows, None)) is not None:
                self._try(row)
                yield
        except Exception as error:
            fault = error
        self._end(fault)

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
