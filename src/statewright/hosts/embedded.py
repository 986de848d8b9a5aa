"""The embedded host: one process, one store, many runs. Runs go on by callback; no task or future per step.

Order of one event: decide, append, and after the commit: perform, tell, acknowledge (DESIGN 1). Deadlines are kept in
`flights.py`, timers in `timers.py`; nobody here knows what a call does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from statewright.effects.performer import Performer, Work
from statewright.errors import EXIT_CONFLICT, EXIT_DIVERGED, EXIT_INTERNAL, EXIT_NOT_FOUND, StatewrightError
from statewright.hosts.flights import Clock, Flights, Key
from statewright.hosts.lane import Lane, Taken
from statewright.hosts.relatives import Accepted, Library, NoLibrary, Offered, Relatives
from statewright.hosts.replay import Known, fold
from statewright.hosts.timers import PASSIVATE_AFTER, Timers
from statewright.kernel.decision import STALE, Rejected
from statewright.kernel.effects import AnyEffect, Call, Cancel, Send, Spawn, Timer
from statewright.kernel.events import AnyEvent, Fired, Migrated, Refused, Resumed, Started
from statewright.kernel.journal import ChainBroken
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.store.contract import IndexRow, JournalCorrupt, Store

Told = Callable[[Taken, State], None]

_LOOK, _GO_ON = "look at it with: statewright runs show {run}", "go on with: statewright runs resume {run}"
# What somebody can do whose word a run did not take.
_HINTS = {
    "ALREADY_CANCELLING": _GO_ON,
    "ALREADY_PAUSED": _GO_ON,
    "RUN_ENDED": _LOOK,
    "RUN_ENDING": _LOOK,
    "SIGNAL_UNKNOWN": _LOOK,
}


class EmbeddedHost:
    """Drives runs. All methods belong to the thread of the event loop."""

    def __init__(
        self,
        store: Store,
        performer: Performer,
        programs: Callable[[str], Program],
        *,
        clock: Clock,
        library: Library | None = None,
    ) -> None:
        self._store = store
        self._programs = programs
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._lanes: dict[Key, Lane] = {}
        self._flights = Flights(performer, clock, self._deliver)
        self._timers = Timers(clock, self._fired, self._ring)
        self._relatives = Relatives(_Runs(self), store, programs, library or NoLibrary())
        self._uncommitted: dict[Key, int] = {}
        self._waiters: dict[Key, list[asyncio.Future[State]]] = {}
        self._listeners: list[Told] = []
        self._closed = False

    @property
    def loaded(self) -> int:
        """How many runs are in memory."""
        return len(self._lanes)

    def listen(self, told: Told) -> None:
        """Adds somebody who is told of every committed record, in order."""
        self._listeners.append(told)

    def recover(self) -> int:
        """Opens every run that owes something or has a timer due; returns how many. Call it once, at start.

        A run that cannot be read does not keep the others from it; whoever asks for that run is told why.
        """
        opened = sum(self._wake(row) for row in self._store.open_runs(self._clock()))
        self._timers.ring_at(self._store.next_due())
        return opened

    async def start(self, program: Program, started: Started, definition: tuple[str, bytes] | None = None) -> State:
        """Starts a run and returns its state once the start is durable.

        Raises `StatewrightError` with `INPUT_INVALID`, `RUN_EXISTS` or the store's code.
        """
        key = (started.tenant, started.run)
        if key in self._lanes or self._store.index(*key) is not None:
            raise StatewrightError("RUN_EXISTS", f"run {started.run!r} exists", exit_code=EXIT_CONFLICT)
        lane = Lane(program, self._store.blob)
        self._lanes[key] = lane
        try:
            await self._acknowledged(key, started, definition)
        except Exception:
            self._drop(key, lane)
            raise
        return lane.state

    async def deliver(self, tenant: str, run: str, event: AnyEvent) -> None:
        """Delivers an external event; returns once it is durable, raises `StatewrightError` where it is not taken."""
        self._open(tenant, run)
        await self._acknowledged((tenant, run), event, None)

    async def intervene(self, tenant: str, run: str, event: AnyEvent) -> None:
        """Like `deliver`, but ahead of what the run owes: what is to end or to rest is not begun again first."""
        key = (tenant, run)
        if key in self._lanes:
            await self._acknowledged(key, event, None)
            return
        lane = self._lanes[key] = self._read(tenant, run)
        left = dict(lane.state.pending)
        try:
            await self._acknowledged(key, event, None)
            if self._lanes.get(key) is lane:
                # What the event itself has begun is under way here: asked for again, it would happen twice.
                self._take_up(key, lane, asks=lane.still_owes(left))
        except Exception:
            self._drop(key, lane)
            raise

    async def resume(self, tenant: str, run: str) -> None:
        """Opens a run again. One that our own fault had parked goes on, if this release can digest what it left (R1).

        Raises `StatewrightError` with `RUN_SUSPENDED` where it still cannot.
        """
        lane = self._open(tenant, run)
        if not lane.suspended:
            return
        migrated = Migrated(at=self._clock(), program=lane.state.program, logic=lane.state.logic)
        try:
            await self._acknowledged((tenant, run), migrated, None)
        except StatewrightError:
            raise
        except Exception as fault:
            raise StatewrightError(
                "RUN_SUSPENDED",
                f"run {run!r} meets a fault of Statewright itself: {type(fault).__name__}",
                hint="nothing is lost; resume it with a release that has the fault mended",
                exit_code=EXIT_INTERNAL,
            ) from fault
        self._arm_all((tenant, run), lane)

    async def ended(self, tenant: str, run: str) -> State:
        """Returns the run's state once it has ended or cannot go on by itself: suspended, or parked for a person."""
        key = (tenant, run)
        lane = self._open(tenant, run)
        waiter: asyncio.Future[State] = self._loop.create_future()
        self._waiters.setdefault(key, []).append(waiter)
        self._rest(key, lane)
        return await waiter

    def close(self) -> None:
        """Stops performing. What is under way is issued again by the next host (R4)."""
        self._closed = True
        self._flights.close()
        self._timers.close()

    async def _acknowledged(self, key: Key, event: AnyEvent, definition: tuple[str, bytes] | None) -> None:
        done: asyncio.Future[Taken | Rejected | Exception] = self._loop.create_future()
        self._deliver(key, event, done.set_result, definition)
        outcome = await done
        if isinstance(outcome, Rejected):
            hint = _HINTS.get(outcome.code, "").format(run=key[1])
            raise StatewrightError(outcome.code, outcome.reason, hint=hint, exit_code=EXIT_CONFLICT)
        if isinstance(outcome, Exception):
            raise outcome

    def _deliver(
        self,
        key: Key,
        event: AnyEvent,
        accepted: Accepted | None = None,
        definition: tuple[str, bytes] | None = None,
    ) -> None:
        """The one gate: every event of every run passes here."""
        lane = self._lanes.get(key)
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
            self._rest(key, lane)
            return
        self._uncommitted[key] = self._uncommitted.get(key, 0) + 1
        self._store.append(outcome.append, partial(self._committed, key, lane, outcome, accepted))

    def _committed(
        self, key: Key, lane: Lane, taken: Taken, accepted: Accepted | None, failed: Exception | None
    ) -> None:
        self._uncommitted[key] -= 1
        if failed is not None:
            # Memory is ahead of the disk: the lane goes, and the run is read again by whoever asks for it (R29).
            self._drop(key, lane)
            for waiter in self._waiters.pop(key, ()):
                _settle(waiter, failed)
        elif not self._closed:
            for effect in taken.effects:
                self._release(key, lane, effect)
            for told in self._listeners:
                told(taken, lane.state)
            if lane.state.ended:
                self._relatives.answer_parent(key, lane.state)
        if accepted is not None:
            accepted(failed if failed is not None else taken)
        self._rest(key, lane)

    def _release(self, key: Key, lane: Lane, effect: AnyEffect) -> None:
        if isinstance(effect, Call):
            self._begin(key, lane, effect)
        elif isinstance(effect, Timer):
            self._timers.arm(key, effect.id, effect.due)
        elif isinstance(effect, Cancel):
            self._cancel(key, lane, effect.id)
        elif isinstance(effect, Spawn):
            self._relatives.spawn(key, lane, effect)
        else:
            self._relatives.send(key, lane, effect)

    def _begin(self, key: Key, lane: Lane, call: Call) -> None:
        """Begins a call, unless the lane, ahead of the disk, has let go of it meanwhile: it must not start (R10)."""
        pending = lane.state.pending.get(call.id)
        if pending is None or pending.attempt != call.attempt or pending.status != "issued":
            return
        self._flights.begin(key, call, _work(lane))

    def _cancel(self, key: Key, lane: Lane, id: str) -> None:
        self._timers.cancel(id)
        if self._flights.stop(id):
            return
        pending = lane.state.pending.get(id)
        if pending is None and lane.state.status == "terminated":
            self._relatives.orphan(key, id)
        elif pending is not None and isinstance(pending.effect, Spawn | Send):
            self._relatives.cancel(key, lane, pending.effect)
        elif pending is not None and isinstance(pending.effect, Call):
            # Nobody is at it: it never began, or died with another process. Its fate is unknown, but it is over.
            gone = Refused(at=self._clock(), effect=id, attempt=pending.attempt, code="CANCELLED")
            self._loop.call_soon(self._deliver, key, gone)

    def _fired(self, key: Key, id: str) -> None:
        self._deliver(key, Fired(at=self._clock(), effect=id))

    def _ring(self) -> None:
        for row in self._store.open_runs(self._clock()):
            self._wake(row)
        self._timers.ring_at(self._store.next_due())

    def _wake(self, row: IndexRow) -> bool:
        key = (row.tenant, row.run)
        try:
            lane = self._open(*key)
        except StatewrightError:
            return False
        except Exception:
            # A fault of ours with this run must not keep the others from theirs; its own reader is told (R1).
            return False
        self._arm_all(key, lane)
        return True

    def _open(self, tenant: str, run: str) -> Lane:
        """Returns the run in memory, reading its journal if needed; what it owes is asked for again (R4)."""
        key = (tenant, run)
        lane = self._lanes.get(key)
        if lane is not None:
            return lane
        lane = self._read(tenant, run)
        self._lanes[key] = lane
        try:
            self._take_up(key, lane, asks=lane.owes > 0)
        except Exception:
            self._drop(key, lane)
            raise
        return lane

    def _take_up(self, key: Key, lane: Lane, *, asks: bool) -> None:
        """Arms the timers of a run that was just read, and asks again for what nobody is at."""
        if lane.state.ended or lane.suspended:
            return
        self._arm_all(key, lane)
        if asks:
            self._deliver(key, Resumed(at=self._clock()))

    def _arm_all(self, key: Key, lane: Lane) -> None:
        for id, due in list(lane.timers.items()):
            self._timers.arm(key, id, due)

    def _read(self, tenant: str, run: str) -> Lane:
        row = self._store.index(tenant, run)
        if row is None:
            raise StatewrightError("RUN_UNKNOWN", f"there is no run {run!r}", exit_code=EXIT_NOT_FOUND)
        program = self._programs(row.program)
        try:
            known = Known(tenant, run, row.seq)
            folded = fold(program, self._store.read(tenant, run), self._store.blob, known=known)
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

    def _rest(self, key: Key, lane: Lane) -> None:
        """Wakes whoever waits for a run that rests, and lets runs that nothing is about to happen to leave memory."""
        if self._uncommitted.get(key):
            return
        self._uncommitted.pop(key, None)
        if _rests(lane):
            for waiter in self._waiters.pop(key, ()):
                _settle(waiter, lane.state)
        if _rests(lane) or _sleeps(lane, self._clock()):
            # A moment later: whoever started the run may be about to ask how it ended.
            self._loop.call_soon(self._passivate, key, lane)

    def _passivate(self, key: Key, lane: Lane) -> None:
        waited_for = key in self._waiters or self._uncommitted.get(key)
        # Answers of a run that a fault of ours has parked are still kept, so it stays until the last has come (R1).
        if not waited_for and not self._flights.of(key) and (_rests(lane) or _sleeps(lane, self._clock())):
            self._drop(key, lane)

    def _drop(self, key: Key, lane: Lane) -> None:
        if self._lanes.get(key) is lane:
            del self._lanes[key]


class _Runs:
    """What the host can do with runs, for those that reach each other."""

    def __init__(self, host: EmbeddedHost) -> None:
        self._host = host

    def clock(self) -> int:
        return self._host._clock()

    def open(self, key: Key) -> Lane | None:
        try:
            return self._host._open(*key)
        except StatewrightError as error:
            if error.code == "RUN_UNKNOWN":
                return None
            raise

    def begin(self, key: Key, offered: Offered, started: Started, accepted: Accepted) -> None:
        host = self._host
        lane = host._lanes[key] = Lane(offered.program, host._store.blob)

        def heard(outcome: Taken | Rejected | Exception) -> None:
            if not isinstance(outcome, Taken):
                host._drop(key, lane)
            accepted(outcome)

        host._deliver(key, started, heard, offered.definition)

    def deliver(self, key: Key, event: AnyEvent, accepted: Accepted | None = None) -> None:
        self._host._deliver(key, event, accepted)


def _work(lane: Lane) -> Work:
    state = lane.state
    return Work(tenant=state.tenant, run=state.run, program=lane.program, seed=state.seed, simulate=state.simulate)


def _rests(lane: Lane) -> bool:
    if lane.state.ended or lane.suspended:
        return True
    return not lane.owes and not lane.timers


def _sleeps(lane: Lane, now: int) -> bool:
    """Whether all that the run waits for is a timer far away: the alarm reads it again in time."""
    return not lane.owes and min(lane.timers.values(), default=0) - now >= PASSIVATE_AFTER


def _settle(waiter: asyncio.Future[State], outcome: State | Exception) -> None:
    if waiter.done():
        return
    if isinstance(outcome, Exception):
        waiter.set_exception(outcome)
    else:
        waiter.set_result(outcome)
