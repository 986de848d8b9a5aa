"""Bugs planted on purpose, in subclasses and never in src: each a mistake that somebody has made in earnest.

The swarm is worth its time only if it finds every one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from unittest.mock import patch

import msgspec

from statewright.hosts import relatives, snapshots
from statewright.hosts.happenings import Key
from statewright.hosts.lane import Lane, Taken
from statewright.hosts.reaching import Accepted
from statewright.hosts.simulated import SimulatedHost
from statewright.kernel import asking, undo
from statewright.kernel.decision import Rejected
from statewright.kernel.effects import Call
from statewright.kernel.events import Answered, AnyEvent, Cancelled
from statewright.kernel.state import State, Undo
from statewright.kernel.turn import Turn
from statewright.store.contract import Acknowledge, Append, PositionTaken
from statewright.store.snapshots import Chunk, Snapshot
from tests.simulation import promises
from tests.simulation.disk import UNKNOWN, Disk

EVERY = 2**53  # rows, and later than every timer


class EagerHost(SimulatedHost):
    """Acknowledges and tells before the commit."""

    def _queue(self, key: Key, taken: Taken, accepted: Accepted) -> None:
        super()._queue(key, taken, accepted)
        accepted(taken)


class HastyHost(SimulatedHost):
    """Lets effects leave before the commit."""

    def _queue(self, key: Key, taken: Taken, accepted: Accepted) -> None:
        super()._queue(key, msgspec.structs.replace(taken, effects=()), accepted)
        for effect in taken.effects:
            self._release(key, self._lanes[key], effect)


class StubbornHost(SimulatedHost):
    """Writes again what may have been written."""

    def _lose(self, key: Key, failed: Exception, accepted: Accepted) -> None:
        lost = self._lost
        super()._lose(key, failed, accepted)
        if not isinstance(failed, PositionTaken) and self._store.index(*key) is not None:
            self._open(key)
            self._deliver(key, lost.event)

    def _write(self, taken: Taken) -> Exception | None:
        self._lost = taken
        return super()._write(taken)


class DeafHost(SimulatedHost):
    """Says yes to whoever cancels, and does nothing."""

    def deliver(
        self, tenant: str, run: str, event: AnyEvent, accepted: Accepted = lambda outcome: None
    ) -> Rejected | None:
        if not isinstance(event, Cancelled):
            return super().deliver(tenant, run, event, accepted)
        self.listen(lambda taken, state: accepted(taken) if state.run == run else None)
        return None


class ImpatientHost(SimulatedHost):
    """Does not look at the clock when a timer goes off."""

    def _arm(self, key: Key, id: str, due: int) -> None:
        super()._arm(key, id, due - 1_000)


class ForgetfulHost(SimulatedHost):
    """Opens runs again without their timers."""

    def _open(self, key: Key) -> Lane:
        known = key in self._lanes
        lane = super()._open(key)
        if not known:
            self._happenings.drop("timer", key=key)
        return lane


class DroppingHost(SimulatedHost):
    """Drops answers that come while a run is paused."""

    def _deliver(self, key: Key, event: AnyEvent, accepted: Accepted = lambda outcome: None) -> Rejected | None:
        lane = self._lanes.get(key)
        if isinstance(event, Answered) and lane is not None and lane.state.paused:
            return None
        return super()._deliver(key, event, accepted)


class SilentHost(SimulatedHost):
    """Recovers by itself: asks again for what is open without a record that says so."""

    def _open(self, key: Key) -> Lane:
        known = key in self._lanes
        with patch.object(Lane, "owes", 0):
            lane = super()._open(key)
        for pending in () if known or lane.state.ended else tuple(lane.state.pending.values()):
            if isinstance(pending.effect, Call) and pending.status == "issued":
                self._begin(key, lane, pending.effect)
        return lane


class LazyHost(SimulatedHost):
    """Recovers all runs but the last."""

    def recover(self) -> None:
        super().recover()
        every = [*self._store.owing(limit=EVERY), *self._store.due(EVERY, limit=EVERY)]
        for row in every[-1:]:
            self._happenings.drop("open", key=(row.tenant, row.run))


class OpenDisk(Disk):
    """Does not look who writes: a host that was taken over from goes on."""

    def _append(self, entry: Append) -> Exception | None:
        journal = self._journals.get((entry.index.tenant, entry.index.run), [])
        del journal[entry.record.seq - 1 :]
        return super()._append(entry)


class HalfDisk(Disk):
    """Writes the record, and the index now and then later."""

    def append(self, entry: Append, done: Acknowledge) -> None:
        before = self._index.get((entry.index.tenant, entry.index.run))
        if before is not None and entry.record.seq % 4 == 0:
            entry = msgspec.structs.replace(entry, index=before)
        super().append(entry, done)


class LyingDisk(Disk):
    """Says that all is well when it does not know."""

    def append(self, entry: Append, done: Acknowledge) -> None:
        super().append(entry, lambda failed: done(None if getattr(failed, "code", "") == UNKNOWN else failed))


def _reused(stack: ExitStack) -> None:
    """Numbers effects by run alone."""

    def mint(turn: Turn) -> str:
        turn.minted += 1
        return f"{turn.overlay.run('run')}:1.{turn.minted - 1}"

    stack.enter_context(patch.object(asking, "mint", mint))


def _oldest_first(stack: ExitStack) -> None:
    """Undoes in the order in which it was done."""

    def following(turn: Turn) -> tuple[str, Undo] | None:
        merged = {**turn.overlay.state.undo, **turn.overlay.patch.undo}
        return next(((key, step) for key, step in merged.items() if step is not None), None)

    stack.enter_context(patch.object(undo, "following", following))


def _another_child(stack: ExitStack) -> None:
    """Gives each attempt to start a child a child of its own."""
    numbers = count(1)
    stack.enter_context(patch.object(relatives, "child_id", lambda id: f"child-{next(numbers)}"))


def _once_more(stack: ExitStack) -> None:
    """Asks again for what must not happen twice."""
    issue = asking.issue_next
    stack.enter_context(patch.object(asking, "park", lambda turn, pending: issue(turn, pending, resumed=True)))


def _holey(stack: ExitStack) -> None:
    """Leaves out of a snapshot what the run has used."""
    whole = snapshots.packed

    def packed(program: str, state: State, prev: bytes) -> Iterator[Chunk | Snapshot]:
        return whole(program, msgspec.structs.replace(state, usage={}), prev)

    stack.enter_context(patch.object(snapshots, "packed", packed))


class Mutant(msgspec.Struct, frozen=True):
    """A planted bug, and the promises that it may be caught by."""

    name: str
    caught_by: tuple[str, ...]
    host: type[SimulatedHost] = SimulatedHost
    disk: type[Disk] = Disk
    plant: Callable[[ExitStack], None] = lambda stack: None


MUTANTS = (
    Mutant("acknowledges before the commit", (promises.ACKNOWLEDGED,), host=EagerHost),
    Mutant("lets effects leave before the commit", (promises.EXPLAINED,), host=HastyHost),
    Mutant(
        "writes again what may have been written",
        (promises.HEARD_ONCE, promises.REFUSED),
        host=StubbornHost,
    ),
    Mutant("swallows a cancel", (promises.ACKNOWLEDGED,), host=DeafHost),
    Mutant("fires timers early", (promises.NOT_EARLY,), host=ImpatientHost),
    Mutant("loses timers in a crash", (promises.WAITING,), host=ForgetfulHost),
    Mutant("drops answers that come while it is paused", (promises.WAITING,), host=DroppingHost),
    Mutant("recovers without a record", (promises.EXPLAINED, promises.WAITING), host=SilentHost),
    Mutant("forgets a run in recovery", (promises.WAITING,), host=LazyHost),
    Mutant("lets a host write that was taken over from", (promises.CHAINED,), disk=OpenDisk),
    Mutant("writes a record without its index", (promises.INDEXED,), disk=HalfDisk),
    Mutant("says that a commit is done that is unknown", (promises.ACKNOWLEDGED, promises.EXPLAINED), disk=LyingDisk),
    Mutant("uses an effect id again", (promises.FOLLOWING,), plant=_reused),
    Mutant("undoes the oldest step first", (promises.NEWEST_FIRST,), plant=_oldest_first),
    Mutant("starts a child for every attempt", (promises.ASKED_FOR,), plant=_another_child),
    Mutant("keeps snapshots with a hole", (promises.LIVES, promises.RECORDED_SO), plant=_holey),
    Mutant("tries twice what must not happen twice", (promises.ONCE,), plant=_once_more),
)
