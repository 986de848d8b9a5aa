"""Retention: a host forgets runs that ended long ago, a little at a time, while its store has nothing else to write."""

from __future__ import annotations

import asyncio

from statewright.hosts.clock import Clock
from statewright.store.contract import Store
from statewright.store.forgetting import Pruned, Which

# Whoever keeps runs for days does not miss them by the hour; one look at a million runs takes the store a second.
LOOK_S = 3_600.0


class Retention:
    """Looks at once, and then every hour. What an open run may still ask about stays for as long as it is open."""

    def __init__(self, store: Store, clock: Clock, keep_ms: int) -> None:
        self.pruned = Pruned()  # what went since this began
        self._store = store
        self._clock = clock
        self._keep_ms = keep_ms
        self._loop = asyncio.get_running_loop()
        self._next = self._loop.call_soon(self._look)

    def close(self) -> None:
        """Looks no more. What is being forgotten goes whole or stays."""
        self._next.cancel()
        self._keep_ms = 0

    def _look(self) -> None:
        self._store.forget(Which("", self._clock() - self._keep_ms), self._over)

    def _over(self, outcome: Pruned | Exception) -> None:
        # A store that takes nothing any more says so to everybody.
        if isinstance(outcome, Exception) or not self._keep_ms:
            return
        for field in Pruned.__struct_fields__:
            setattr(self.pruned, field, getattr(self.pruned, field) + getattr(outcome, field))
        self._next = self._loop.call_later(LOOK_S, self._look)
