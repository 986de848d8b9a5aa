"""The runs in memory, read from their journals as they are needed. One that nobody is at may leave to make room.

It knows nothing of effects, and nothing of whoever waits for a run.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import islice

from statewright.errors import EXIT_DIVERGED, EXIT_NOT_FOUND, StatewrightError
from statewright.hosts.fair import Key
from statewright.hosts.lane import Lane
from statewright.hosts.replay import Known
from statewright.hosts.snapshots import keep_at_rest, opened
from statewright.kernel.effects import Spawn, Timer
from statewright.kernel.journal import ChainBroken
from statewright.kernel.program import Program
from statewright.store.contract import JournalCorrupt, Store

# How many runs are looked at to find one that may leave: enough among many busy ones, and nothing to wait for.
LOOKED_AT = 8


class Lanes:
    """Runs by key, in the order in which they were last touched from outside.

    `is_busy` says whether somebody in this process is at a run, `left` hears of one that made room.
    """

    def __init__(
        self,
        store: Store,
        programs: Callable[[str], Program],
        room: int,
        *,
        is_busy: Callable[[Key, Lane], bool],
        left: Callable[[Lane], None],
    ) -> None:
        self.by_key: OrderedDict[Key, Lane] = OrderedDict()
        self._store = store
        self._programs = programs
        self._room = room
        self._is_busy = is_busy
        self._left = left
        # Runs that left while their children live on in this process: they need not ask for them again.
        self._aside: set[Key] = set()

    def read(self, key: Key) -> Lane:
        """Returns the run as its journal says; raises `RUN_UNKNOWN`, or what is wrong with the journal."""
        tenant, run = key
        row = self._store.index(tenant, run)
        if row is None:
            raise StatewrightError("RUN_UNKNOWN", f"there is no run {run!r}", exit_code=EXIT_NOT_FOUND)
        program = self._programs(row.program)
        try:
            known = Known(tenant, run, row.seq)
            folded = opened(self._store, program, known)
        except ChainBroken as broken:
            raise JournalCorrupt("the store", run, broken.seq, broken.problem) from broken
        if folded.divergence is not None:
            at = folded.divergence
            raise StatewrightError(
                "RUN_DIVERGED",
                f"run {run!r}: record {at.seq}: {at.problem}",
                hint=f"compare with: statewright replay {run} --verify",
                exit_code=EXIT_DIVERGED,
            )
        return Lane(program, self._store.blob, folded)

    def asks(self, key: Key, lane: Lane) -> bool:
        """Says whether a run that was just read must ask again for what it owes: nobody here is at it (R4)."""
        was_aside = key in self._aside
        self._aside.discard(key)
        return lane.owes > 0 and not was_aside

    def touch(self, key: Key) -> None:
        """Remembers that somebody came for this run."""
        self.by_key.move_to_end(key)

    def drop(self, key: Key, lane: Lane) -> None:
        """Forgets the run, if it is still this lane that stands for it."""
        if self.by_key.get(key) is lane:
            del self.by_key[key]

    def has_room(self) -> bool:
        """Says whether one more run may be read, after one that nobody is at has made room for it."""
        most = max(1, self._room)
        self._shrink(most - 1)
        return len(self.by_key) < most

    def make_room(self) -> None:
        """Lets runs leave that nobody is at, while there are more than may be."""
        self._shrink(self._room)

    def _shrink(self, size: int) -> None:
        for key in list(islice(self.by_key, LOOKED_AT)) if len(self.by_key) > size else ():
            lane = self.by_key[key]
            if self._is_busy(key, lane) or not may_leave(lane):
                self.by_key.move_to_end(key)
                continue
            del self.by_key[key]
            keep_at_rest(self._store, lane)
            if lane.owes:
                self._aside.add(key)
            self._left(lane)
            if len(self.by_key) <= size:
                return


def may_leave(lane: Lane) -> bool:
    """Says whether nothing will happen to the run but by a timer, a signal or its children (R15)."""
    return not lane.owes or all(
        isinstance(pending.effect, Spawn | Timer) or pending.status not in ("issued", "closing")
        for pending in lane.state.pending.values()
    )
