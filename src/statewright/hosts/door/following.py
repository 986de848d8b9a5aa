"""Who follows runs. Records are read from the store behind each follower's own place, so that none comes twice or late.

Nothing is queued for a follower that does not take: its place in the journal is all that is remembered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from statewright.hosts.door.lines import WINDOW, Follow, line, told
from statewright.hosts.door.outbox import Outbox
from statewright.hosts.door.verbs import Owner
from statewright.hosts.lane import Taken
from statewright.kernel.state import ENDED, State


class Tail:
    """Tells the followers of a run that there is more to read."""

    def __init__(self, owner: Owner) -> None:
        self._following: dict[str, dict[Following, None]] = {}
        owner.listen(self._told)

    def add(self, run: str, following: Following) -> Callable[[], None]:
        """Stirs a follower after each record of a run; returns what ends that."""
        self._following.setdefault(run, {})[following] = None

        def remove() -> None:
            others = self._following[run]
            del others[following]
            if not others:
                del self._following[run]

        return remove

    def _told(self, _: Taken, state: State) -> None:
        for following in self._following.get(state.run, ()):
            following.stir()


class Following:
    """One guest at one run."""

    def __init__(self, asked: Follow, owner: Owner, outbox: Outbox) -> None:
        self._asked = asked
        self._owner = owner
        self._outbox = outbox
        self._window = WINDOW
        self._stirred = asyncio.Event()

    def stir(self) -> None:
        """Says that something has changed: there is more to read, or more may be sent."""
        self._stirred.set()

    def more(self, taken: int) -> None:
        """The guest has taken so many records."""
        self._window = min(WINDOW, self._window + max(0, taken))
        self.stir()

    async def run(self) -> None:
        """Sends record after record until the run has ended. A run that does not exist is refused."""
        after = self._asked.after
        self._owner.find(self._asked.run)
        while True:
            self._stirred.clear()
            after = await self._send(after)
            row = self._owner.find(self._asked.run)
            if row.status in ENDED and row.seq <= after:
                return
            if row.seq <= after:
                await self._stirred.wait()

    async def _send(self, after: int) -> int:
        for record in self._owner.records(self._asked.run, after=after):
            while not self._window:
                self._stirred.clear()
                await self._stirred.wait()
            await self._outbox.room()
            self._outbox.put(line(told(self._asked.id, record)))
            self._window -= 1
            after = record.seq
        return after
