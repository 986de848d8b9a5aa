"""Whoever waits until a run rests. They are kept by the run's id, so that the run itself may leave memory."""

from __future__ import annotations

import asyncio

from statewright.hosts.fair import Key
from statewright.kernel.state import State


class Waiters:
    """Futures by run; each is told once."""

    def __init__(self) -> None:
        self._by_key: dict[Key, list[asyncio.Future[State]]] = {}
        self._loop = asyncio.get_running_loop()

    def __contains__(self, key: Key) -> bool:
        return key in self._by_key

    def add(self, key: Key) -> asyncio.Future[State]:
        """Returns what to wait for."""
        waiter: asyncio.Future[State] = self._loop.create_future()
        self._by_key.setdefault(key, []).append(waiter)
        return waiter

    def tell(self, key: Key, outcome: State | Exception) -> None:
        """Tells all who wait for the run how it rests, or what keeps it from that."""
        for waiter in self._by_key.pop(key, ()):
            if waiter.done():
                continue
            if isinstance(outcome, Exception):
                waiter.set_exception(outcome)
            else:
                waiter.set_result(outcome)

    def tell_all(self, outcome: Exception) -> None:
        """Tells everybody that nothing more will be told."""
        for key in list(self._by_key):
            self.tell(key, outcome)
