"""The hosts that a case is run on. Each returns the main run's last state, all journals, and the calls made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from statewright.errors import StatewrightError
from statewright.hosts.embedded import EmbeddedHost
from statewright.hosts.lane import Taken
from statewright.hosts.limits import Limits
from statewright.hosts.replay import fold
from statewright.hosts.simulated import SimulatedHost
from statewright.hosts.simulated_flights import World
from statewright.kernel.effects import Call
from statewright.kernel.events import Started
from statewright.kernel.journal import Record
from statewright.kernel.program import Program
from statewright.kernel.state import State
from statewright.store.contract import Store
from statewright.store.memory import MemoryStore
from statewright.store.sqlite import SqliteStore
from statewright.testing import RUN, TENANT, Faults, Finished, WorldPerformer, instant_store, started
from tests.conformance.corpus import Beside, Case, Outside
from tests.hosts.leaping import LeapingLoop, Watched

# No case has more runs.
RUNS_MAX = 100


class Ran(msgspec.Struct, frozen=True):
    """A run at rest, and the runs beside it by id."""

    state: State
    records: tuple[Record, ...]
    calls: tuple[Call, ...]
    store: Store
    beside: dict[str, tuple[State, tuple[Record, ...]]]


def simulated(case: Case, *, seed: int | None = None) -> Ran:
    """Runs the case on the simulated host."""
    world = case.world()
    finished = driven(case, world, seed=seed, listen=lambda host: _deliver(case, host))
    beside = _beside(case, finished.store)
    return Ran(finished.state, finished.records, tuple(world.calls), finished.store, beside)


def driven(
    case: Case,
    world: World,
    *,
    program: Program | None = None,
    seed: int | None = None,
    faults: Faults | None = None,
    listen: Callable[[SimulatedHost], None],
) -> Finished:
    """Drives the case, or a variant of its program, to rest on the simulated host; `listen` gets it before it starts.

    Raises `StatewrightError` where the input is refused.
    """
    store, main = instant_store(), program or case.program
    programs = {**case.workflows.by_digest, main.digest: main}
    host = SimulatedHost(store, world, programs.__getitem__, seed=seed, faults=faults, library=case.workflows)
    listen(host)
    for beside in case.runs:
        assert host.start(*_begun(case, beside, host.now)) is None
        # Its start is acknowledged before the next run begins.
        host.step()
    refused = host.start(main, _main(case, main, host.now))
    if refused is not None:
        raise StatewrightError(refused.code, refused.reason)
    host.settle()
    return Finished(host.state(TENANT, RUN), tuple(store.read(TENANT, RUN)), host, store)


def in_memory(case: Case, folder: Path) -> Ran:
    """Runs the case on the embedded host over the store in memory."""
    return _embedded(case, lambda loop: MemoryStore(hand_back=loop.call_soon))


def on_disk(case: Case, folder: Path) -> Ran:
    """Runs the case on the embedded host over SQLite."""
    return _embedded(case, lambda loop: SqliteStore.open(folder, hand_back=loop.call_soon_threadsafe))


def _main(case: Case, program: Program, now: int) -> Started:
    return started(program, case.input, at=now, simulate=case.simulate)


def _begun(case: Case, beside: Beside, now: int) -> tuple[Program, Started]:
    offered = case.workflows.find(beside.workflow)
    assert offered is not None, beside.workflow
    return offered.program, started(offered.program, beside.input, at=now, run=beside.run)


def _deliver(case: Case, host: SimulatedHost) -> None:
    def deliver(outside: Outside) -> None:
        refused = host.deliver(TENANT, outside.run, outside.event(host.now))
        assert (refused.code if refused is not None else "") == outside.refused

    def told(taken: Taken, state: State) -> None:
        for outside in _due(case, taken, state):
            deliver(outside)

    host.listen(told)
    schedule(case, host, deliver)


def schedule(case: Case, host: SimulatedHost, deliver: Callable[[Outside], None]) -> None:
    """Lets the events that have a time of their own happen then."""
    for outside in case.events:
        if outside.at >= 0:
            host.outside(host.now + outside.at, lambda outside=outside: deliver(outside))  # type: ignore[misc]


def _embedded(case: Case, open_store: Callable[[asyncio.AbstractEventLoop], Store]) -> Ran:
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, LeapingLoop)
        store = Watched(open_store(loop), loop)
        try:
            return runner.run(_drive(case, loop, store))
        finally:
            store.close()


async def _drive(case: Case, loop: LeapingLoop, store: Watched) -> Ran:
    world = case.world()
    programs = {**case.workflows.by_digest, case.program.digest: case.program}
    performer = WorldPerformer(world)
    # Runs that nobody is at leave memory at once, so each case also shows that they come back.
    limits = Limits(lanes=0, glance=3_600.0)
    clock, known = loop.milliseconds, programs.__getitem__
    host = EmbeddedHost(store, performer, known, clock=clock, library=case.workflows, limits=limits)
    deliveries: list[asyncio.Task[None]] = []
    host.listen(lambda taken, state: deliveries.extend(_spawn(case, taken, state, host, loop)))
    deliveries.append(loop.create_task(_keep_to_times(case, host, loop)))
    try:
        for beside in case.runs:
            await host.start(*_begun(case, beside, loop.milliseconds()))
        await host.start(case.program, _main(case, case.program, loop.milliseconds()))
        state = await _rested(host, store, deliveries)
    finally:
        host.close()
    return Ran(state, tuple(store.read(TENANT, RUN)), tuple(world.calls), store, _beside(case, store))


async def _rested(host: EmbeddedHost, store: Watched, deliveries: list[asyncio.Task[None]]) -> State:
    """Waits until nothing is to be delivered any more and every run rests; returns the main run's state."""
    while True:
        delivered = len(deliveries)
        await host.ended(TENANT, RUN)
        await asyncio.gather(*deliveries)
        runs = [row.run for row in store.runs(TENANT, limit=RUNS_MAX)]
        for run in runs:
            await host.ended(TENANT, run)
        state = await host.ended(TENANT, RUN)
        if len(deliveries) == delivered and len(store.runs(TENANT, limit=RUNS_MAX)) == len(runs):
            return state


def _spawn(case: Case, taken: Taken, state: State, host: EmbeddedHost, loop: LeapingLoop) -> list[asyncio.Task[None]]:
    return [loop.create_task(_hand_in(outside, host, loop)) for outside in _due(case, taken, state)]


async def _keep_to_times(case: Case, host: EmbeddedHost, loop: LeapingLoop) -> None:
    """One after the other: timers that are due together fire in no order."""
    begun = loop.milliseconds()
    for outside in sorted((event for event in case.events if event.at >= 0), key=lambda event: event.at):
        await asyncio.sleep(max(0, begun + outside.at - loop.milliseconds()) / 1000)
        await _hand_in(outside, host, loop)


async def _hand_in(outside: Outside, host: EmbeddedHost, loop: LeapingLoop) -> None:
    code = ""
    try:
        await host.deliver(TENANT, outside.run, outside.event(loop.milliseconds()))
    except StatewrightError as refused:
        code = refused.code
    assert code == outside.refused


def _due(case: Case, taken: Taken, state: State) -> list[Outside]:
    if state.run != RUN:
        return []
    return [outside for outside in case.events if outside.at < 0 and outside.after == taken.append.record.seq]


def _beside(case: Case, store: Store) -> dict[str, tuple[State, tuple[Record, ...]]]:
    found: dict[str, tuple[State, tuple[Record, ...]]] = {}
    for row in sorted(store.runs(TENANT, limit=RUNS_MAX), key=lambda row: row.run):
        if row.run != RUN:
            records = tuple(store.read(TENANT, row.run))
            folded = fold(case.workflows.by_digest[row.program], records, store.blob)
            assert folded.divergence is None, folded.divergence
            found[row.run] = folded.state, records
    return found


HOSTS: dict[str, Callable[[Case, Path], Ran]] = {
    "simulated": lambda case, folder: simulated(case),
    "memory": in_memory,
    "sqlite": on_disk,
}
