"""The hosts that a case is run on. Each returns the run's last state, its journal, and the calls that were made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from statewright.errors import StatewrightError
from statewright.hosts.embedded import EmbeddedHost
from statewright.hosts.lane import Taken
from statewright.hosts.simulated import SimulatedHost
from statewright.kernel.effects import Call
from statewright.kernel.journal import Record
from statewright.kernel.state import State
from statewright.store.contract import Store
from statewright.store.memory import MemoryStore
from statewright.store.sqlite import SqliteStore
from statewright.testing import RUN, TENANT, Faults, WorldPerformer, run, started
from tests.conformance.corpus import Case, Outside
from tests.hosts.leaping import LeapingLoop, Watched


class Ran(msgspec.Struct, frozen=True):
    """A run at rest."""

    state: State
    records: tuple[Record, ...]
    calls: tuple[Call, ...]
    store: Store


def simulated(case: Case, *, seed: int | None = None, faults: Faults | None = None) -> Ran:
    """Runs the case on the simulated host."""
    world = case.world()
    finished = run(case.program, case.input, world, seed=seed, faults=faults, listen=lambda host: _deliver(case, host))
    return Ran(finished.state, finished.records, tuple(world.calls), finished.store)


def in_memory(case: Case, folder: Path) -> Ran:
    """Runs the case on the embedded host over the store in memory."""
    return _embedded(case, lambda loop: MemoryStore(hand_back=loop.call_soon))


def on_disk(case: Case, folder: Path) -> Ran:
    """Runs the case on the embedded host over SQLite."""
    return _embedded(case, lambda loop: SqliteStore.open(folder, hand_back=loop.call_soon_threadsafe))


def _deliver(case: Case, host: SimulatedHost) -> None:
    def told(taken: Taken, state: State) -> None:
        for outside in _due(case, taken):
            refused = host.deliver(TENANT, RUN, outside.event(host.now))
            assert (refused.code if refused is not None else "") == outside.refused

    if case.events:
        host.listen(told)


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
    programs = {case.program.digest: case.program}
    host = EmbeddedHost(store, WorldPerformer(world), programs.__getitem__, clock=loop.milliseconds)
    deliveries: list[asyncio.Task[None]] = []
    host.listen(lambda taken, state: deliveries.extend(_spawn(case, taken, host, loop)))
    try:
        await host.start(case.program, started(case.program, case.input, at=loop.milliseconds()))
        state = await host.ended(TENANT, RUN)
        await asyncio.gather(*deliveries)
        state = await host.ended(TENANT, RUN)
    finally:
        host.close()
    return Ran(state, tuple(store.read(TENANT, RUN)), tuple(world.calls), store)


def _spawn(case: Case, taken: Taken, host: EmbeddedHost, loop: LeapingLoop) -> list[asyncio.Task[None]]:
    return [loop.create_task(_hand_in(outside, host, loop)) for outside in _due(case, taken)]


async def _hand_in(outside: Outside, host: EmbeddedHost, loop: LeapingLoop) -> None:
    code = ""
    try:
        await host.deliver(TENANT, RUN, outside.event(loop.milliseconds()))
    except StatewrightError as refused:
        code = refused.code
    assert code == outside.refused


def _due(case: Case, taken: Taken) -> list[Outside]:
    return [outside for outside in case.events if outside.after == taken.append.record.seq]


HOSTS: dict[str, Callable[[Case, Path], Ran]] = {
    "simulated": lambda case, folder: simulated(case),
    "memory": in_memory,
    "sqlite": on_disk,
}
