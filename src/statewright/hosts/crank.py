"""The crank of a host that runs in this process: decide, append, and after the commit perform, tell, acknowledge.

It keeps runs in memory no longer than somebody is at them. Who may come in is asked in `embedded.py`; what a call does,
nobody here knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

from statewright.effects.performer import Performer, Work
from statewright.errors import StatewrightError
from statewright.hosts.clock import Clock, Steady
from statewright.hosts.fair import Key
from statewright.hosts.flights import Flights
from statewright.hosts.lane import Lane, Taken
from statewright.hosts.lanes import Lanes
from statewright.hosts.limits import Limits
from statewright.hosts.reaching import Accepted, Library, Offered
from statewright.hosts.recovery import Recovery
from statewright.hosts.relatives import Relatives, bereaved
from statewright.hosts.slices import Slices
from statewright.hosts.snapshots import keep, keep_at_rest
from statewright.hosts.timers import Timers
from statewright.hosts.turns import Turns
from statewright.hosts.waiters import Waiters
from statewright.kernel.decision import STALE, Rejected
from statewright.kernel.effects import AnyEffect, Call, Cancel, Send, Spawn, Timer
from statewright.kernel.events import AnyEvent, Closing, Fired, Refused, Resumed, Started
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.store.contract import IndexRow, Store

Told = Callable[[Taken, State], None]

# Milliseconds: a run with a timer that is due sooner does not leave memory, or it would be read again at once.
STAYS = 1_000
# What a store says that takes nothing: whichever run it was, those that wait for it would wait in vain.
_NOBODY_GOES_ON = frozenset({"STORE_FAILED", "STORE_BUSY"})

# Seconds until what could not be kept for another run is tried again.
AGAIN_S = 1.0


class Crank:
    """Turns runs. It is what relatives reach each other by, see `Runs` of relatives.py."""

    def __init__(
        self,
        store: Store,
        performer: Performer,
        programs: Callable[[str], Program],
        *,
        clock: Clock,
        library: Library,
        limits: Limits,
    ) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()
        self.clock = Steady(clock, self._loop.time)
        self.lanes = Lanes(store, programs, limits.lanes, is_busy=self._is_busy, left=self._has_left)
        self.turns = Turns(limits.a_turn)
        self.flights = Flights(performer, self.clock, self._landed, limits.calls)
        self.timers = Timers(self.clock, limits.glance, self._fired, self._ring)
        self.walks = Slices(limits.opened, self._has_lanes)
        self.recovery = Recovery(
            store,
            self.clock,
            Slices(limits.opened, self._has_room),
            wake=self._wake,
            rest=self.timers.ring_at,
        )
        self.waiters = Waiters()
        self.listeners: list[Told] = []
        self.queued = 0  # records on their way to the disk
        self._limits = limits
        self._relatives = Relatives(self, store, programs, library)
        self._uncommitted: dict[Key, int] = {}
        self._draining = False
        self._closed = False

    @property
    def room(self) -> int:
        """How many more callers may come in; what runs owe goes on all the same."""
        # A record on its way to the disk is likely to ask for a call.
        return min(self._limits.queued, self._limits.calls - len(self.flights)) - self.queued

    @property
    def is_at_work(self) -> bool:
        """Whether anything is under way."""
        return bool(self.flights or self.turns or self.queued)

    def drain(self) -> None:
        """Begins nothing any more."""
        self._draining = True
        self.walks.close()
        self.recovery.close()
        self.timers.close()
        self.flights.drain()

    def close(self) -> None:
        """Stops everything."""
        self._closed = True
        self.walks.close()
        self.recovery.close()
        self.turns.close()
        self.flights.close()
        self.timers.close()
        for lane in self.lanes.by_key.values():
            keep_at_rest(self._store, lane)

    def _landed(self, key: Key, event: Closing) -> None:
        """An effect is closed. Beyond what fits a turn of the loop, the runs take turns; none is ever refused (R1)."""
        if self.turns.at_once():
            self.deliver(key, event)
        else:
            self.turns.later(key, partial(self.deliver, key, event))

    def deliver(
        self,
        key: Key,
        event: AnyEvent,
        accepted: Accepted | None = None,
        definition: tuple[str, bytes] | None = None,
    ) -> None:
        """The one gate: every event of every run passes here."""
        lane = self.lanes.by_key.get(key)
        if lane is None:
            # The run was dropped with its memory; whoever reads it again issues its effects again.
            return
        try:
            outcome = lane.take(event, definition)
        except Exception as fault:
            # A fault of ours: whoever sent the event hears of it, and the other runs go on (R1).
            if accepted is None:
                raise
            self._loop.call_soon(accepted, fault)
            return
        if isinstance(outcome, Rejected):
            assert accepted is not None or outcome.code == STALE or lane.suspended, outcome
            if accepted is not None:
                self._loop.call_soon(accepted, outcome)
            self.rest(key, lane)
            return
        self.queued += 1
        self._uncommitted[key] = self._uncommitted.get(key, 0) + 1
        self._store.append(outcome.append, partial(self._committed, key, lane, outcome, accepted))

    def _committed(
        self, key: Key, lane: Lane, taken: Taken, accepted: Accepted | None, failed: Exception | None
    ) -> None:
        self.queued -= 1
        self._uncommitted[key] -= 1
        if failed is not None:
            # Memory is ahead of the disk: the lane goes, and the run is read again by whoever asks for it (R29).
            self.lanes.drop(key, lane)
            if getattr(failed, "code", "") in _NOBODY_GOES_ON:
                self.waiters.tell_all(failed)
            else:
                self.waiters.tell(key, failed)
                self.later(partial(self._reopen, key))
        elif not self._closed:
            for effect in taken.effects:
                self._release(key, lane, effect)
            for told in self.listeners:
                told(taken, lane.state)
            if lane.state.seq >= lane.kept.due:
                keep(self._store, lane)
            if lane.state.ended and lane.state.parent and not self._draining:
                self.turns.later(key, partial(self._relatives.answer_parent, key, lane.state))
        if accepted is not None:
            accepted(failed if failed is not None else taken)
        self.rest(key, lane)

    def _release(self, key: Key, lane: Lane, effect: AnyEffect) -> None:
        """Performs an effect. What reaches another run is put in line: it may have to be read, and may be at fault."""
        if isinstance(effect, Call):
            self._begin(key, lane, effect)
        elif isinstance(effect, Timer):
            self.timers.arm(key, effect.id, effect.due)
        elif isinstance(effect, Cancel):
            self._cancel(key, lane, effect.id)
        elif not self._draining:
            self.turns.later(key, partial(self._relatives.reach, key, lane, effect))

    def _begin(self, key: Key, lane: Lane, call: Call) -> None:
        """Begins a call, unless the lane, ahead of the disk, has let go of it meanwhile: it must not start (R10)."""
        pending = lane.state.pending.get(call.id)
        if pending is None or pending.attempt != call.attempt or pending.status != "issued":
            return
        self.flights.begin(key, call, _work(lane), lane.state.at)

    def _cancel(self, key: Key, lane: Lane, id: str) -> None:
        self.timers.cancel(id)
        if not self.flights.stop(id):
            self.turns.later(key, partial(self._let_go, key, lane, id))

    def _let_go(self, key: Key, lane: Lane, id: str) -> None:
        """Lets go of an effect that no performer is at."""
        pending = lane.state.pending.get(id)
        if pending is None:
            if lane.state.status == "terminated":
                self._relatives.orphan(key, id)
        elif isinstance(pending.effect, Spawn | Send):
            self._relatives.cancel(key, lane, pending.effect)
        elif isinstance(pending.effect, Call):
            # It never began, or died with another process. Its fate is unknown, but it is over.
            gone = Refused(at=self.clock(), effect=id, attempt=pending.attempt, code="CANCELLED")
            self.deliver(key, gone)

    def _fired(self, key: Key, id: str) -> None:
        self._landed(key, Fired(at=self.clock(), effect=id))

    def _ring(self) -> None:
        self.recovery.ring()

    def _has_room(self) -> bool:
        return self.room > 0 and self.lanes.has_room()

    def _has_lanes(self) -> bool:
        """Whether runs may be read that are told something: however many calls are under way, those may hear it."""
        return self.queued < self._limits.queued and self.lanes.has_room()

    def _wake(self, row: IndexRow) -> bool:
        key = (row.tenant, row.run)
        try:
            lane = self.lane_of(key)
        except Exception as fault:
            # Also a fault of ours with this run must not keep the others from theirs; its reader is told (R1).
            self.waiters.tell(key, fault)
            return False
        self.arm_all(key, lane)
        self.rest(key, lane)
        return True

    def open(self, key: Key) -> Lane | None:
        """Returns a run in memory, read if needed; None where there is no such run."""
        try:
            return self.lane_of(key)
        except StatewrightError as error:
            if error.code == "RUN_UNKNOWN":
                return None
            raise

    def begin(self, key: Key, offered: Offered, started: Started, accepted: Accepted) -> None:
        """Starts a run; `accepted` hears once that is durable or refused."""
        lane = self.enter(key, offered.program)

        def heard(outcome: Taken | Rejected | Exception) -> None:
            if not isinstance(outcome, Taken):
                self.lanes.drop(key, lane)
            accepted(outcome)

        self.deliver(key, started, heard, offered.definition)

    def later(self, act: Callable[[], None]) -> None:
        """Acts in a while, unless this host has stopped: what the disk refuses now it may take then."""
        self._loop.call_later(AGAIN_S, lambda: None if self._closed or self._draining else act())

    def walk(self, key: Key, steps: Iterator[object]) -> None:
        """Takes the steps in later turns, a few in each, by turns with those of other runs; none once it stops."""
        if not self._draining and not self._closed:
            self.walks.go(key, steps)

    def _reopen(self, key: Key) -> None:
        """Reads a run again whose record the disk refused: what it owes must not wait until somebody asks for it."""
        try:
            self.open(key)
        except StatewrightError as fault:
            self.waiters.tell(key, fault)

    def enter(self, key: Key, program: Program) -> Lane:
        """Returns the lane of a run that is about to start."""
        lane = self.lanes.by_key[key] = Lane(program, self._store.blob)
        return lane

    def lane_of(self, key: Key) -> Lane:
        """Returns the run in memory, reading its journal if needed; what it owes is asked for again (R4).

        Raises `RUN_UNKNOWN`, or what is wrong with the journal.
        """
        lane = self.lanes.by_key.get(key)
        if lane is not None:
            return lane
        lane = self.lanes.by_key[key] = self.lanes.read(key)
        self.recovery.can_read(key)
        try:
            self.take_up(key, lane, asks=self.lanes.asks(key, lane))
        except Exception:
            self.lanes.drop(key, lane)
            raise
        return lane

    def take_up(self, key: Key, lane: Lane, *, asks: bool) -> None:
        """Arms the timers of a run that was just read, and asks again for what nobody is at."""
        if self._relatives.is_bereaved(lane.state):
            self.deliver(key, bereaved(self.clock()))
        if lane.state.ended or lane.suspended:
            return
        self.arm_all(key, lane)
        if asks:
            self.deliver(key, Resumed(at=self.clock()))

    def arm_all(self, key: Key, lane: Lane) -> None:
        """Arms the timers of a run."""
        for id, due in list(lane.timers.items()):
            self.timers.arm(key, id, due)

    def rest(self, key: Key, lane: Lane) -> None:
        """Wakes whoever waits for a run that rests, and lets it leave memory where nothing more will come."""
        if self._uncommitted.get(key):
            return
        self._uncommitted.pop(key, None)
        if _rests(lane):
            self.waiters.tell(key, lane.state)
            if lane.state.ended or lane.suspended:
                # A moment later: whoever started the run may be about to ask how it ended.
                self._loop.call_soon(self._forget, key, lane)
        if len(self.lanes.by_key) > self._limits.lanes:
            self._loop.call_soon(self.lanes.make_room)

    def _forget(self, key: Key, lane: Lane) -> None:
        if _rests(lane) and not self._uncommitted.get(key) and not self._is_parked(key, lane):
            self.lanes.drop(key, lane)

    def _is_busy(self, key: Key, lane: Lane) -> bool:
        if self._uncommitted.get(key) or key in self.turns or self._is_parked(key, lane):
            return True
        return bool(lane.timers) and min(lane.timers.values()) - self.clock() < STAYS

    def _is_parked(self, key: Key, lane: Lane) -> bool:
        """Whether a fault of ours has parked the run, and answers of it are still to come: they are kept (R1)."""
        return bool(lane.suspended) and (key in self.turns or self.flights.of(key))

    def _has_left(self, lane: Lane) -> None:
        for id, due in lane.timers.items():
            self.timers.leave(id, due)


def _work(lane: Lane) -> Work:
    state = lane.state
    return Work(tenant=state.tenant, run=state.run, program=lane.program, seed=state.seed, simulate=state.simulate)


def _rests(lane: Lane) -> bool:
    if lane.state.ended or lane.suspended:
        return True
    return not lane.owes and not lane.timers
