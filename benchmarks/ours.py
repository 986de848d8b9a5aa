"""Statewright itself: the embedded host with a performer that answers at once, on the memory store or on SQLite.

The peers' steps are plain functions in the same process; so is this performer. Each step's answer is journaled.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import perf_counter

from benchmarks.fitting import PARTS, slope
from benchmarks.hosting import TOOL, AddsOne, Compiled, chain, compiled, counted, hosted, run, spread, step
from benchmarks.measured import Contender, Measured, main
from statewright.effects.performer import Answer, Coroutines, Work
from statewright.kernel.effects import Call

STEPS = 10


async def _sleeps(call: Call, work: Work) -> Answer:
    return Answer(value=await asyncio.sleep(0.05, result={"n": 1}))


def pass_memory(size: int, folder: Path) -> Measured:
    """Runs `size` times ten pass-through tasks: one decision each, since nobody is asked."""
    return asyncio.run(_one_by_one(chain("basic", STEPS), size, None))


def step_memory(size: int, folder: Path) -> Measured:
    """Runs `size` times ten steps, each answered and journaled in memory."""
    return asyncio.run(_one_by_one(chain("tool", STEPS), size, None))


def durable_step(size: int, folder: Path) -> Measured:
    """Runs `size` times ten steps, one run at a time, each answer committed."""
    return asyncio.run(_one_by_one(chain("tool", STEPS), size, folder))


def long_flow(size: int, folder: Path) -> Measured:
    """Takes the slope of what runs of up to eight times `size` steps cost, each step committed."""
    return asyncio.run(_fitted(size, folder))


def concurrent_runs(size: int, folder: Path) -> Measured:
    """Starts `size` runs at once; each sleeps 50 ms in its one step."""
    return asyncio.run(_at_once(size, folder))


def concurrent_memory(size: int, folder: Path) -> Measured:
    """The same, kept in memory."""
    return asyncio.run(_at_once(size, None))


def events_at_once(size: int, folder: Path) -> Measured:
    """Starts `size` runs of ten steps at once; whatever waits for the disk is committed together."""
    return asyncio.run(_in_step(size, folder))


def fan_out(size: int, folder: Path) -> Measured:
    """Runs one collection of `size` calls, in memory."""
    return asyncio.run(_fanned_out(size, None))


def fan_out_durable(size: int, folder: Path) -> Measured:
    """Runs one collection of `size` calls, journaled on disk."""
    return asyncio.run(_fanned_out(size, folder))


_MEMORY = (pass_memory, step_memory, concurrent_memory, fan_out)
_DURABLE = (durable_step, long_flow, concurrent_runs, events_at_once, fan_out_durable)
ROWS: dict[str, Contender] = {row.__name__: row for row in (*_MEMORY, *_DURABLE)}


async def _one_by_one(program: Compiled, size: int, folder: Path | None) -> Measured:
    measured = Measured(units=size * STEPS, facts={})
    async with hosted(folder, program[0], AddsOne()) as (host, store):
        with measured.clock():
            states = [await run(host, program, f"run-{number}", {"n": 0}) for number in range(size)]
    assert all(state.output == {"n": STEPS} for state in states)
    return counted(measured, store, folder, size)


async def _fitted(size: int, folder: Path) -> Measured:
    points: list[tuple[int, float]] = []
    for part in PARTS:
        steps = size * part
        program = chain("tool", steps)
        async with hosted(folder, program[0], AddsOne()) as (host, _):
            begun = perf_counter()
            state = await run(host, program, f"run-{part}", {"n": 0})
            points.append((steps, perf_counter() - begun))
        assert state.output == {"n": steps}, state.error
    return slope(points)


async def _at_once(size: int, folder: Path | None) -> Measured:
    program = compiled(f"name: bench\n{TOOL}\ntasks: [{step('s0', 'tool', '0')}]\n")
    measured = Measured(units=size, facts={})
    async with hosted(folder, program[0], Coroutines(_sleeps)) as (host, store):
        with measured.clock():
            runs = [run(host, program, f"run-{number}", {"n": 0}) for number in range(size)]
            states = await asyncio.gather(*runs)
    assert all(state.status == "done" for state in states)
    return counted(measured, store, folder, size)


async def _in_step(size: int, folder: Path) -> Measured:
    program = chain("tool", STEPS)
    measured = Measured(units=size * (STEPS + 1), facts={})
    async with hosted(folder, program[0], AddsOne()) as (host, store):
        with measured.clock():
            runs = [run(host, program, f"run-{number}", {"n": 0}) for number in range(size)]
            states = await asyncio.gather(*runs)
    assert all(state.output == {"n": STEPS} for state in states)
    return counted(measured, store, folder, size)


async def _fanned_out(size: int, folder: Path | None) -> Measured:
    program = spread()
    measured = Measured(units=size, facts={})
    async with hosted(folder, program[0], AddsOne()) as (host, store):
        with measured.clock():
            state = await run(host, program, "run-0", {"items": list(range(size))})
    assert state.output == {"n": size}, state.error
    return counted(measured, store, folder, 1)


if __name__ == "__main__":
    main(ROWS)
