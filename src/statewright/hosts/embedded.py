"""The embedded host: one process, one store, many runs. What may be asked of it, and by whom how much at once.

It answers once what was asked is durable. The runs themselves are turned in `crank.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from statewright.effects.performer import Performer
from statewright.errors import EXIT_CONFLICT, EXIT_INTERNAL, StatewrightError
from statewright.hosts.admission import Admission, draining
from statewright.hosts.clock import Clock
from statewright.hosts.crank import Crank, Told
from statewright.hosts.fair import Key
from statewright.hosts.lane import Taken
from statewright.hosts.limits import USUAL, Limits
from statewright.hosts.reaching import Library, NoLibrary
from statewright.kernel.decision import Rejected
from statewright.kernel.events import AnyEvent, Migrated, Started
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.store.contract import Store

T = TypeVar("T")

# Seconds that what is under way has to come to an end, once the process is asked to stop (I-41).
DRAIN_S = 30.0
# How often a draining host looks whether all is quiet.
GLANCE_S = 0.01

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
        limits: Limits = USUAL,
    ) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._crank = Crank(store, performer, programs, clock=clock, library=library or NoLibrary(), limits=limits)
        self._admission = Admission(limits, lambda: self._crank.room)

    @property
    def loaded(self) -> int:
        """How many runs are in memory."""
        return len(self._crank.lanes.by_key)

    def listen(self, told: Told) -> None:
        """Adds somebody who is told of every committed record, in order."""
        self._crank.listeners.append(told)

    async def recover(self) -> int:
        """Opens every run that owes something or has a timer due; returns how many, once all are. Call it at start.

        It takes a few at a time, so that the host serves from the first moment. A run that cannot be read does not keep
        the others from it; whoever asks for that run is told why.
        """
        return await asyncio.shield(self._crank.recovery.begin())

    async def start(
        self,
        program: Program,
        started: Started,
        definition: tuple[str, bytes] | None = None,
        *,
        is_new: bool = False,
    ) -> State:
        """Starts a run and returns its state once the start is durable.

        `is_new` says that its id was drawn for it, so that nobody has to look whether there is such a run.
        Raises `StatewrightError` with `INPUT_INVALID`, `RUN_EXISTS`, `OVERLOADED`, `DRAINING` or the store's code.
        """
        key = (started.tenant, started.run)
        await self._admission.enter(key)
        if key in self._crank.lanes.by_key or not (is_new or self._store.index(*key) is None):
            raise StatewrightError("RUN_EXISTS", f"run {started.run!r} exists", exit_code=EXIT_CONFLICT)
        lane = self._crank.enter(key, program)
        try:
            await self._acknowledged(key, started, definition)
        except Exception:
            self._crank.lanes.drop(key, lane)
            raise
        return lane.state

    async def deliver(self, tenant: str, run: str, event: AnyEvent) -> None:
        """Delivers an external event; returns once it is durable, raises `StatewrightError` where it is not taken."""
        key = (tenant, run)
        await self._admission.enter(key)
        self._crank.lane_of(key)
        self._crank.lanes.touch(key)
        await self._acknowledged(key, event, None)

    async def intervene(self, tenant: str, run: str, event: AnyEvent) -> None:
        """Like `deliver`, but ahead of what the run owes: what is to end or to rest is not begun again first.

        It is let in however much there is to do: whoever ends runs makes room.
        """
        key = (tenant, run)
        if key in self._crank.lanes.by_key:
            await self._acknowledged(key, event, None)
            return
        lane = self._crank.lanes.by_key[key] = self._crank.lanes.read(key)
        left = dict(lane.state.pending)
        asks = self._crank.lanes.asks(key, lane)
        try:
            await self._acknowledged(key, event, None)
            if self._crank.lanes.by_key.get(key) is lane:
                # What the event itself has begun is under way here: asked for again, it would happen twice.
                self._crank.take_up(key, lane, asks=asks and lane.still_owes(left))
        except Exception:
            self._crank.lanes.drop(key, lane)
            raise

    async def resume(self, tenant: str, run: str) -> None:
        """Opens a run again. One that our own fault had parked goes on, if this release can digest what it left (R1).

        Raises `StatewrightError` with `RUN_SUSPENDED` where it still cannot.
        """
        key = (tenant, run)
        lane = self._crank.lane_of(key)
        if not lane.suspended:
            return
        migrated = Migrated(at=self._crank.clock(), program=lane.state.program, logic=lane.state.logic)
        try:
            await self._acknowledged(key, migrated, None)
        except StatewrightError:
            raise
        except Exception as fault:
            raise StatewrightError(
                "RUN_SUSPENDED",
                f"run {run!r} meets a fault of Statewright itself: {type(fault).__name__}",
                hint="nothing is lost; resume it with a release that has the fault mended",
                exit_code=EXIT_INTERNAL,
            ) from fault
        self._crank.arm_all(key, lane)

    async def ended(self, tenant: str, run: str) -> State:
        """Returns the run's state once it has ended or cannot go on by itself: suspended, or parked for a person."""
        key = (tenant, run)
        lane = self._crank.lane_of(key)
        waiter = self._crank.waiters.add(key)
        self._crank.rest(key, lane)
        return await waiter

    async def drain(self, grace_s: float = DRAIN_S) -> None:
        """Takes nothing new on, lets what is under way come to an end within the grace, and closes (I-41).

        What is left is owed, as if the process had died: the next host issues it again.
        """
        self._admission.close()
        self._crank.drain()
        until = self._loop.time() + grace_s
        while self._crank.is_at_work and self._loop.time() < until:
            await asyncio.sleep(GLANCE_S)
        self.close()

    def close(self) -> None:
        """Stops performing. What is under way is issued again by the next host (R4)."""
        self._admission.close()
        self._crank.close()
        self._crank.waiters.tell_all(draining())

    async def _acknowledged(self, key: Key, event: AnyEvent, definition: tuple[str, bytes] | None) -> None:
        done: asyncio.Future[Taken | Rejected | Exception] = self._loop.create_future()
        self._crank.deliver(key, event, partial(told, done), definition)
        outcome = await done
        if isinstance(outcome, Rejected):
            hint = _HINTS.get(outcome.code, "").format(run=key[1])
            raise StatewrightError(outcome.code, outcome.reason, hint=hint, exit_code=EXIT_CONFLICT)
        if isinstance(outcome, Exception):
            raise outcome


def told(done: asyncio.Future[T], outcome: T) -> None:
    """Tells a caller, unless it has gone meanwhile: what it asked for happens all the same."""
    if not done.done():
        done.set_result(outcome)
