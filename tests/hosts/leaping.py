"""An event loop whose clock leaps over waiting: a timer that is next in line fires at once, in order of time.

It leaps only when nothing is on its way: a write that the store has not acknowledged yet is waited for.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Iterator
from typing import Any

from statewright.kernel.journal import Record
from statewright.store.contract import Acknowledge, Append, IndexRow, Store

DAY_ONE = 1_767_225_600_000  # 2026-01-01T00:00:00Z
# How long a real wait for a writer's thread may take before the loop looks again.
GLANCE_S = 0.05


class LeapingLoop(asyncio.SelectorEventLoop):
    """A loop in leaping time. `busy` counts what is on its way outside the loop."""

    def __init__(self) -> None:
        self.busy = 0
        self.leapt = 0.0
        super().__init__(_Leaping(self))

    def time(self) -> float:
        """Returns the loop's own time: it passes by leaps only. It is small, so that sums of it are exact enough."""
        return self.leapt

    def milliseconds(self) -> int:
        """Returns the same as a host's clock wants it."""
        return DAY_ONE + round(self.leapt * 1000)


class _Leaping(selectors.DefaultSelector):
    def __init__(self, loop: LeapingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        while self._loop.busy:
            ready = super().select(GLANCE_S)
            if ready:
                return ready
        self._loop.leapt += timeout
        return super().select(0)


class Watched:
    """A store that tells the loop while a write is on its way."""

    def __init__(self, store: Store, loop: LeapingLoop) -> None:
        self._store = store
        self._loop = loop

    def append(self, entry: Append, done: Acknowledge) -> None:
        """Passes the write on, and counts it until it is acknowledged."""

        def acknowledged(failed: Exception | None) -> None:
            self._loop.busy -= 1
            done(failed)

        self._loop.busy += 1
        self._store.append(entry, acknowledged)

    def read(self, tenant: str, run: str, after: int = 0) -> Iterator[Record]:
        """Reads as the store does."""
        return self._store.read(tenant, run, after)

    def index(self, tenant: str, run: str) -> IndexRow | None:
        """Reads as the store does."""
        return self._store.index(tenant, run)

    def blob(self, digest: str) -> bytes | None:
        """Reads as the store does."""
        return self._store.blob(digest)

    def close(self) -> None:
        """Closes the store."""
        self._store.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)
