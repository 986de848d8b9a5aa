"""Places in the feed. A place holds no record back: whoever stands there reads the journal when it wants to.

A place outlives its subscription, so that a folder may change hands meanwhile, and a reader may take its time.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from statewright.app.application import App
from statewright.errors import StatewrightError
from statewright.hosts.lane import Taken
from statewright.kernel.journal import Record
from statewright.kernel.state import State
from statewright.store.contract import Store
from statewright.store.feed import Feed, Subscription, Told

# Records that a place hands out at once. Ten thousand readers that stop amid them hold 64 MB at 400 bytes a record.
AT_ONCE = 16
# Decisions kept for all who are told of steps together: whoever keeps up need not decide again.
RECENT_MAX = 1_024
# Seconds until somebody looks what other processes have committed: no person sees the delay, and a look costs 10 µs.
LOOK_S = 0.1


class Places:
    """All places of an open project. Where nobody follows anything, a committed record costs one look-up."""

    def __init__(self, app: App) -> None:
        self.tenant = app.settings.tenant
        self._app = app
        self._known: tuple[Store, Feed] | None = None
        self._taken_by: dict[Place, None] = {}
        self._looking: asyncio.TimerHandle | None = None
        self._deciding: Counter[str] = Counter()
        self._recent: dict[tuple[str, int], Taken] = {}
        app.listen(self._told)

    @contextmanager
    def at(self, run: str = "", *, after: str = "", is_patient: bool = True) -> Iterator[Place]:
        """Gives a place behind a cursor, at one run or at all of them, as long as the context lasts.

        A patient one is never dropped for being slow.
        """
        place = Place(self, run, after, is_patient=is_patient)
        try:
            yield place
        finally:
            place.close()

    def recent(self, run: str, record: Record) -> Taken | None:
        """Returns what a record came to, where that was decided here and not long ago."""
        taken = self._recent.get((run, record.seq))
        # Another tenant's run may have the same name.
        return taken if taken is not None and taken.append.record.hash == record.hash else None

    def keep(self, run: str) -> None:
        """Keeps for a while what the run's records come to, from now on."""
        self._deciding[run] += 1

    def keep_no_more(self, run: str) -> None:
        """Ends one `keep`."""
        self._deciding[run] -= 1
        if not self._deciding[run]:
            del self._deciding[run]
        if not self._deciding:
            self._recent.clear()

    def feed(self) -> Feed:
        """Returns the feed of the folder as it is open now; raises `STORE_CLOSED` where it is not."""
        store = self._app.store
        if self._known is None or self._known[0] is not store:
            self._known = store, Feed(store, asyncio.get_running_loop().call_soon)
        return self._known[1]

    def enter(self, place: Place) -> None:
        """Somebody follows: what other processes commit is looked for from now on."""
        self._taken_by[place] = None
        if self._looking is None:
            self._looking = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def leave(self, place: Place) -> None:
        """Somebody follows no longer."""
        self._taken_by.pop(place, None)

    def close(self) -> None:
        """Wakes everybody, to find that the project is closed."""
        if self._looking is not None:
            self._looking.cancel()
        self._wake_all()

    def _told(self, taken: Taken, state: State) -> None:
        if state.run in self._deciding:
            self._recent[state.run, taken.append.record.seq] = taken
            if len(self._recent) > RECENT_MAX:
                del self._recent[next(iter(self._recent))]
        if self._known is not None:
            self._known[1].told(state.tenant, state.run)

    def _look(self) -> None:
        self._looking = None
        if not self._taken_by:
            return
        before = self._known
        try:
            # What is performed here is told as it is committed; only what merely makes a run is not.
            self.feed().look(all_runs_only=self._app.performs)
        except StatewrightError:
            # Nobody here can act on it: whoever reads meets the same, and is told.
            self._wake_all()
        if self._known is not before:
            # The folder has changed hands, and what they had subscribed to is no more.
            self._wake_all()
        self._looking = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def _wake_all(self) -> None:
        for place in list(self._taken_by):
            place.wake()


class Place:
    """Where somebody stands in the feed."""

    def __init__(self, places: Places, run: str, after: str, *, is_patient: bool = True) -> None:
        self._places = places
        self._run = run
        self._cursor = after
        self._is_patient = is_patient
        self._moved = asyncio.Event()
        self._subscribed: tuple[Feed, Subscription] | None = None
        places.enter(self)

    def read(self) -> list[Told]:
        """Returns what follows, at most `AT_ONCE` records; nothing means that `moved` is worth waiting for.

        Raises what `Feed.follow` and `Subscription.read` do.
        """
        self._moved.clear()
        try:
            found = self._subscription().read(AT_ONCE)
        except StatewrightError as error:
            if error.code != "SLOW_CONSUMER" or not self._is_patient:
                raise
            self._unsubscribe()
            found = self._subscription().read(AT_ONCE)
        if found:
            self._cursor = found[-1].cursor
        return found

    async def moved(self) -> None:
        """Waits until there may be more to read."""
        await self._moved.wait()

    def wake(self) -> None:
        """Ends the waiting."""
        self._moved.set()

    def close(self) -> None:
        """Leaves the place."""
        self._unsubscribe()
        self._places.leave(self)

    def _subscription(self) -> Subscription:
        feed = self._places.feed()
        if self._subscribed is None or self._subscribed[0] is not feed:
            self._unsubscribe()
            subscription = feed.follow(self._places.tenant, self.wake, run=self._run, after=self._cursor)
            self._subscribed = feed, subscription
        return self._subscribed[1]

    def _unsubscribe(self) -> None:
        if self._subscribed is not None:
            self._subscribed[1].close()
            self._subscribed = None
