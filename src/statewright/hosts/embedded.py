"""The embedded host: one process, one store, many runs. Runs go on by callback; no task or future per step.

Order of one event: decide, append, and after the commit: perform, tell, acknowledge (DESIGN 1). It owns deadlines and
timers; it knows nothing of what a call does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import msgspec

from statewright.effects.performer import Answer, Performer, Refusal, Stop, Work
from statewright.errors import EXIT_CONFLICT, EXIT_DIVERGED, EXIT_INTERNAL, EXIT_NOT_FOUND, StatewrightError
from statewright.hosts.closing import closing, timed_out
from statewright.hosts.lane import Lane, Taken
from statewright.hosts.replay import fold
from statewright.kernel.decision import STALE, Rejected
from statewright.kernel.effects import AnyEffect, Call, Cancel, Timer
from statewright.kernel.events import AnyEvent, Fired, Migrated, Refused, Resumed, Started
from statewright.kernel.journal import ChainBroken
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.store.contract import IndexRow, JournalCorrupt, Store

# A run that waits longer than this for its next timer leaves memory; the store's index wakes it.
PASSIVATE_AFTER = 60_000
# The longest sleep of the alarm: an index changed by nobody is still looked at now and then.
ALARM_MAX_S = 3_600.0
# The shortest: a run that is due but cannot be opened must not keep the loop busy.
ALARM_MIN_S = 1.0

Clock = Callable[[], int]  # milliseconds since 1970 UTC
Told = Callable[[Taken, State], None]
Accepted = Callable[[Taken | Rejected | Exception], None]
_Key = tuple[str, str]


class Flight(msgspec.Struct):
    """A call under way: what stops it, and its deadline's timer."""

    attempt: int
    started: int
    stop: Stop | None = None
    deadline: asyncio.TimerHandle | None = None


class EmbeddedHost:
    """Drives runs. All methods belong to the thread of the event loop."""

    def __init__(self, store: Store, performer: Performer, programs: Callable[[str], Program], *, clock: Clock) -> None:
        self._store = store
        self._performer = performer
        self._programs = programs
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._lanes: dict[_Key, Lane] = {}
        self._flights: dict[str, Flight] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._uncommitted: dict[_Key, int] = {}
        self._waiters: dict[_Key, list[asyncio.Future[State]]] = {}
        self._listeners: list[Told] = []
        self._alarm: asyncio.TimerHandle | None = None
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
        self._set_alarm()
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
        for flight in list(self._flights.values()):
            _stop(flight)
        for timer in [*self._timers.values(), *([self._alarm] if self._alarm else [])]:
            timer.cancel()

    async def _acknowledged(self, key: _Key, event: AnyEvent, definition: tuple[str, bytes] | None) -> None:
        done: asyncio.Future[Taken | Rejected | Exception] = self._loop.create_future()
        self._deliver(key, event, done.set_result, definition)
        outcome = await done
        if isinstance(outcome, Rejected):
            raise StatewrightError(outcome.code, outcome.reason, exit_code=EXIT_CONFLICT)
        if isinstance(outcome, Exception):
            raise outcome

    def _deliver(
        self,
        key: _Key,
        event: AnyEvent,
        accepted: Accepted | None = None,
        definition: tuple[str, bytes] | None = None,
    ) -> None:
        """The one gate: every event of every run passes here."""
        lane = self._lanes.get(key)
        if lane is None:
            # The run was dropped with its memory; whoever reads it again issues its effects again.
            return
        outcome = lane.take(event, definition)
        if isinstance(outcome, Rejected):
            assert accepted is not None or outcome.code == STALE or lane.suspended, outcome
            if accepted is not None:
                self._loop.call_soon(accepted, outcome)
            self._rest(key, lane)
            return
        self._uncommitted[key] = self._uncommitted.get(key, 0) + 1
        self._store.append(outcome.append, partial(self._committed, key, lane, outcome, accepted))

    def _committed(
        self, key: _Key, lane: Lane, taken: Taken, accepted: Accepted | None, failed: Exception | None
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
        if accepted is not None:
            accepted(failed if failed is not None else taken)
        self._rest(key, lane)

    def _release(self, key: _Key, lane: Lane, effect: AnyEffect) -> None:
        if isinstance(effect, Call):
            self._perform(key, lane, effect)
        elif isinstance(effect, Timer):
            self._arm(key, effect.id, effect.due)
        elif isinstance(effect, Cancel):
            self._cancel(key, lane, effect.id)
        else:
            raise AssertionError(f"no task type of this release asks for {type(effect).__name__}")

    def _perform(self, key: _Key, lane: Lane, call: Call) -> None:
        flight = Flight(attempt=call.attempt, started=self._clock())
        if call.id in self._flights:
            # Left over from a lane that was dropped and read again: this attempt voids it.
            self._land(call.id)
        self._flights[call.id] = flight
        if call.deadline:
            delay = max(0, call.deadline - flight.started) / 1000
            flight.deadline = self._loop.call_later(delay, self._overdue, key, call)
        state = lane.state
        work = Work(tenant=state.tenant, run=state.run, program=lane.program, seed=state.seed, simulate=state.simulate)
        stop = self._performer.begin(call, work, partial(self._finished, key, call, flight))
        if self._flights.get(call.id) is flight:
            flight.stop = stop

    def _finished(self, key: _Key, call: Call, flight: Flight, outcome: Answer | Refusal) -> None:
        if self._flights.get(call.id) is not flight or self._closed:
            return
        self._land(call.id)
        self._deliver(key, closing(call, outcome, started=flight.started, now=self._clock()))

    def _overdue(self, key: _Key, call: Call) -> None:
        flight = self._flights[call.id]
        self._land(call.id)
        _stop(flight)
        self._deliver(key, closing(call, timed_out(call), started=flight.started, now=self._clock()))

    def _land(self, id: str) -> None:
        flight = self._flights.pop(id)
        if flight.deadline is not None:
            flight.deadline.cancel()

    def _cancel(self, key: _Key, lane: Lane, id: str) -> None:
        timer = self._timers.pop(id, None)
        if timer is not None:
            timer.cancel()
        flight = self._flights.get(id)
        if flight is not None:
            _stop(flight)
            return
        pending = lane.state.pending.get(id)
        if pending is not None and isinstance(pending.effect, Call):
            # Nobody is at it: it died with another process. Its fate is unknown, but it is over for us.
            gone = Refused(at=self._clock(), effect=id, attempt=pending.attempt, code="CANCELLED")
            self._loop.call_soon(self._deliver, key, gone)

    def _arm(self, key: _Key, id: str, due: int) -> None:
        delay = due - self._clock()
        if delay < PASSIVATE_AFTER:
            self._timers[id] = self._loop.call_later(max(0, delay) / 1000, self._fire, key, id, due)
        else:
            self._set_alarm(due)

    def _fire(self, key: _Key, id: str, due: int) -> None:
        del self._timers[id]
        if self._clock() < due:
            # The loop's clock and the wall clock are not the same; no timer fires before its time (I-07).
            self._arm(key, id, due)
        else:
            self._deliver(key, Fired(at=self._clock(), effect=id))

    def _set_alarm(self, due: int = 0) -> None:
        """Wakes the host when the earliest timer of any run is due, in memory or not."""
        due = due or self._store.next_due()
        if not due or self._closed:
            return
        delay = min(max(ALARM_MIN_S, (due - self._clock()) / 1000), ALARM_MAX_S)
        if self._alarm is not None:
            if self._alarm.when() <= self._loop.time() + delay and not self._alarm.cancelled():
                return
            self._alarm.cancel()
        self._alarm = self._loop.call_later(delay, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        for row in self._store.open_runs(self._clock()):
            self._wake(row)
        self._set_alarm()

    def _wake(self, row: IndexRow) -> bool:
        key = (row.tenant, row.run)
        try:
            lane = self._open(*key)
        except StatewrightError:
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
        if lane.state.ended or lane.suspended:
            return lane
        self._arm_all(key, lane)
        if lane.owes:
            self._deliver(key, Resumed(at=self._clock()))
        return lane

    def _arm_all(self, key: _Key, lane: Lane) -> None:
        for id, due in list(lane.timers.items()):
            if id not in self._timers:
                self._arm(key, id, due)

    def _read(self, tenant: str, run: str) -> Lane:
        row = self._store.index(tenant, run)
        if row is None:
            raise StatewrightError("RUN_UNKNOWN", f"there is no run {run!r}", exit_code=EXIT_NOT_FOUND)
        program = self._programs(row.program)
        try:
            folded = fold(program, self._store.read(tenant, run), self._store.blob)
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

    def _rest(self, key: _Key, lane: Lane) -> None:
        """Wakes whoever waits for a run that rests, and lets runs that nothing is about to happen to leave memory."""
        if self._uncommitted.get(key):
            return
        self._uncommitted.pop(key, None)
        if _rests(lane):
            for waiter in self._waiters.pop(key, ()):
                _settle(waiter, lane.state)
        if _rests(lane) or self._sleeps(lane):
            # A moment later: whoever started the run may be about to ask how it ended.
            self._loop.call_soon(self._passivate, key, lane)

    def _passivate(self, key: _Key, lane: Lane) -> None:
        waited_for = key in self._waiters or self._uncommitted.get(key)
        if not waited_for and (_rests(lane) or self._sleeps(lane)):
            self._drop(key, lane)

    def _sleeps(self, lane: Lane) -> bool:
        """Whether all that the run waits for is a timer far away: the alarm reads it again in time."""
        return not lane.owes and min(lane.timers.values(), default=0) - self._clock() >= PASSIVATE_AFTER

    def _drop(self, key: _Key, lane: Lane) -> None:
        if self._lanes.get(key) is lane:
            del self._lanes[key]


def _rests(lane: Lane) -> bool:
    if lane.state.ended or lane.suspended:
        return True
    return not lane.owes and not lane.timers


def _settle(waiter: asyncio.Future[State], outcome: State | Exception) -> None:
    if waiter.done():
        return
    if isinstance(outcome, Exception):
        waiter.set_exception(outcome)
    else:
        waiter.set_result(outcome)


def _stop(flight: Flight) -> None:
    if flight.stop is not None:
        flight.stop()
