"""What a fan-out costs in counted steps and map writes, and an idle run in bytes: exact, whatever the machine does."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from pathlib import Path

from benchmarks.hosting import TENANT, AddsOne, begin, compiled, hosted, run, spread, start_of
from benchmarks.measured import Contender, Measured, main
from statewright.hosts.lane import Lane, Taken
from statewright.hosts.limits import Limits
from statewright.hosts.replay import Step, fold
from statewright.kernel.decision import Decision

WAITING = """
name: bench
triggers: [{ type: signal, name: go }]
tasks: [{ id: waits, type: wait, wait_for: go, condition: 'true', timeout: 30 days }]
"""


def fan_out_work(size: int, folder: Path) -> Measured:
    """Counts the micro-steps and map writes of a fan-out over `size` items."""
    return asyncio.run(_worked(size))


def idle_run(size: int, folder: Path) -> Measured:
    """Counts the bytes of a run that waits for a signal: held in memory, and once a host has let it go."""
    measured = Measured(units=size, facts={"bytes held": _held(size)})
    measured.facts |= asyncio.run(_let_go(size, folder))
    return measured


async def _worked(size: int) -> Measured:
    program = spread()
    async with hosted(None, program[0], AddsOne()) as (host, store):
        state = await run(host, program, "run-0", {"items": list(range(size))})
        assert state.output == {"n": size}, state.error
        decisions: list[Decision] = []

        def seen(step: Step, after: object) -> None:
            assert step.decision is not None
            decisions.append(step.decision)

        fold(program[0], store.read(TENANT, "run-0"), store.blob, seen=seen)
    steps = sum(decision.steps for decision in decisions)
    return Measured(units=size, facts={"steps": steps, "writes": sum(map(_writes, decisions))})


def _writes(decision: Decision) -> int:
    return len(decision.patch.changes()) + len(decision.effects)


def _held(size: int) -> int:
    program = compiled(WAITING)
    starts = [start_of(program, f"run-{number}", {}) for number in range(size)]
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    lanes = [Lane(program[0], lambda digest: None) for _ in starts]
    for lane, started in zip(lanes, starts, strict=True):
        taken = lane.take(started)
        assert isinstance(taken, Taken)
    del taken
    gc.collect()
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert all(lane.state.status == "running" for lane in lanes)
    return used // size


async def _let_go(size: int, folder: Path) -> dict[str, int]:
    """Starts the runs on a host that has room for one of them."""
    program = compiled(WAITING)
    async with hosted(folder, program[0], AddsOne(), limits=Limits(lanes=1)) as (host, _):
        # The first run brings what every later one shares.
        await begin(host, program, "first", {})
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for number in range(size):
            await begin(host, program, f"run-{number}", {})
        # A run leaves memory in a turn of the loop after its last commit.
        await asyncio.sleep(0)
        gc.collect()
        used = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        return {"bytes let go": max(0, used) // size, "still loaded": host.loaded}


ROWS: dict[str, Contender] = {row.__name__: row for row in (fan_out_work, idle_run)}


if __name__ == "__main__":
    main(ROWS)
