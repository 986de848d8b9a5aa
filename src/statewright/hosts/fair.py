"""A line in which whoever brings much does not hold up the others: by turns of tenants, and of the runs of each."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Generic, TypeVar

Key = tuple[str, str]  # tenant, run
T = TypeVar("T")


class Fair(Generic[T]):
    """Things of runs. What one run brought keeps its order."""

    def __init__(self) -> None:
        # Ordered ones: to move the first of a plain dict to its end again and again takes longer each time.
        self._tenants: OrderedDict[str, OrderedDict[str, deque[T]]] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: Key) -> bool:
        return key[1] in self._tenants.get(key[0], ())

    def put(self, key: Key, thing: T) -> None:
        """Adds a thing behind those of its run."""
        self._tenants.setdefault(key[0], OrderedDict()).setdefault(key[1], deque()).append(thing)
        self._count += 1

    def take(self) -> T:
        """Takes the first thing of the run whose turn it is; there must be one."""
        tenant, runs = self._tenants.popitem(last=False)
        run, things = runs.popitem(last=False)
        thing = things.popleft()
        self._count -= 1
        if things:
            runs[run] = things
        if runs:
            self._tenants[tenant] = runs
        return thing

    def drop(self, key: Key, thing: T) -> None:
        """Takes a thing out of the line, wherever it stands."""
        tenant, run = key
        runs = self._tenants[tenant]
        runs[run].remove(thing)
        self._count -= 1
        if not runs[run]:
            del runs[run]
        if not runs:
            del self._tenants[tenant]

    def clear(self) -> list[T]:
        """Empties the line; returns what stood in it."""
        left = [thing for runs in self._tenants.values() for things in runs.values() for thing in things]
        self._tenants.clear()
        self._count = 0
        return left
